import {isDeepStrictEqual} from 'node:util'
import {Fault} from '../../base/fault.ts'
import {writingCache} from '../../base/files.ts'
import {pixelsFolder} from '../../base/folders.ts'
import {escapeLine} from '../../base/printable.ts'
import {sha256} from '../../base/sha256.ts'
import {classifyImages, imageStep} from '../../evaluate/classify.ts'
import {fileOrder} from '../../images/file-order.ts'
import {isOriented} from '../../images/orientation.ts'
import {hashSources, type ImageList, type ImageSource, type LabelledImage, nameOf} from '../../images/source.ts'
import {type Pixels, preparePixels} from '../../tasks/pixels.ts'
import {type Processor, readProcessor, USUAL} from '../../tasks/processor.ts'
import type {ImageTask} from '../../tasks/task.ts'
import {imageData} from '../../train/batch.ts'
import {splitFile, usedSplits} from '../file/splits.ts'
import type {OpenedModel} from '../opened-model.ts'
import {scoreClassifier} from './classifier-scoring.ts'
import {readLabelled} from './labelled-examples.ts'
import {modelForTask} from './model-for-task.ts'
import {largestBatch, scoringNeed} from './scoring-need.ts'
import type {TaskData} from './task-data.ts'

/** Opens the data of a task whose images a classifier labels. */
export async function openImageData(task: ImageTask, opened: OpenedModel): Promise<TaskData> {
  const {recipe, folder, engine} = opened
  const model = await modelForTask('image-classification', opened)
  const [, height, width] = model.image
  const processor = await readProcessor(folder, {width, height})
  const {filter} = processor
  const {batch} = recipe.evaluate

  const lists = await readLists(task, recipe)
  const read = async (source: string) => lists.of(source).images
  const {train, splits, warnings} = await readLabelled(recipe, {read, classes: lists.classes})
  const subsets = Object.entries({train, ...splits}).map(([split, images]) => ({split, ...inFileOrder(images)}))

  const prepared = new Map<string, Pixels>()
  const pixelsOf = (split: string) => (indices: readonly number[]) => {
    const [positions, pixels] = [subsets.find(subset => subset.split === split)?.positions, prepared.get(split)]
    if (!positions || !pixels) throw new Error(`the images of ${split} are not prepared`)
    return pixels.read(
      indices.map(index => positions[index]),
      processor,
    )
  }

  return {
    examples: train.length,
    longest: 1,
    warnings,
    classes: lists.classes,
    async hash(source) {
      const read = subsets.filter(({split}) => splitFile(recipe, split) === source)
      const contents = await Promise.all(read.map(({content}) => content()))
      return hashList(lists.of(source), {contents: contents.map(({hash}) => hash), processor})
    },
    async prepare({events, signal}) {
      const contents = await Promise.all(subsets.map(({content}) => content()))
      const [oriented] = recipe.data.orient ? [] : contents.flatMap(({oriented}) => oriented ?? [])
      if (oriented !== undefined) events.warn(`${oriented}: ${ORIENTED}`)
      for (const {split, sources, content} of subsets) {
        const onProgress = (done: number, total: number) => events.progress(`images of ${split}`, done, total)
        if (sources.length === 0) continue
        const options = {
          cache: pixelsFolder(),
          content: (await content()).hash,
          width,
          height,
          filter,
          orient: recipe.data.orient,
          threads: engine.threads,
          signal,
          onProgress,
        }
        prepared.set(split, await writingCache(() => preparePixels(sources, options)))
      }
    },
    batches: (order, rows) =>
      imageData({labels: train.map(({label}) => label), pixels: pixelsOf('train')}, order, {
        rows,
        weighting: recipe.train?.weighting,
      }),
    scoring() {
      const rows = largestBatch(splits, batch)
      return scoringNeed(opened, imageStep(model, rows), {rows, what: `${rows} images`})
    },
    score: (scored, weights, options) =>
      scoreClassifier(
        scored,
        {
          metric: task.metric,
          labels: split => splits[split].map(({label}) => label),
          logits: (split, onProgress) => {
            const images = {count: splits[split].length, pixels: pixelsOf(split)}
            return classifyImages(images, {engine, model, weights, batch, onProgress, signal: options.signal})
          },
        },
        options,
      ),
  }
}

/** The images of one split, in the order in which their files are read fastest. */
interface ImageSubset {
  readonly sources: readonly ImageSource[]
  /** The position in `sources` of each image of the split. */
  readonly positions: readonly number[]
  /** What is in the sources, read once. */
  content(): Promise<ImageContent>
}

interface ImageContent {
  /** The sha256 of the images. */
  readonly hash: string
  /** The name of the first image with an EXIF orientation. */
  readonly oriented: string | undefined
}

const ORIENTED =
  'has an EXIF orientation, which is not applied; data.orient: true rotates such images, as pipelines of transformers and datasets do'

function inFileOrder(images: readonly LabelledImage[]): ImageSubset {
  const order = fileOrder(images.map(({source}) => source))
  const sources = order.map(i => images[i].source)
  const positions: number[] = []
  for (const [position, i] of order.entries()) positions[i] = position
  let content: Promise<ImageContent> | undefined
  return {
    sources,
    positions,
    content() {
      content ??= readContent(sources)
      return content
    },
  }
}

async function readContent(sources: readonly ImageSource[]): Promise<ImageContent> {
  let oriented: string | undefined
  const hash = await hashSources(sources, async (source, bytes) => {
    if (oriented === undefined && !source.planes && (await isOriented(bytes))) oriented = nameOf(source)
  })
  return {hash, oriented}
}

interface ImageLists {
  /** The classes of all sources; labels are indices of these. */
  readonly classes: readonly string[]
  of(source: string): ImageList
}

/** Lists every source that the recipe reads, once. The first one decides the order of the classes. */
async function readLists(task: ImageTask, recipe: OpenedModel['recipe']): Promise<ImageLists> {
  const lists = new Map<string, ImageList>()
  const sources = usedSplits(recipe).map(split => splitFile(recipe, split))
  let classes: readonly string[] | undefined
  for (const source of new Set(sources)) {
    const list = await task.readExamples(source)
    lists.set(source, classes ? relabel(list, {classes, source}) : list)
    classes ??= list.classes
  }
  return {
    classes: classes ?? [],
    of(source) {
      const list = lists.get(source)
      if (!list) throw new Error(`${source}: not a source of this recipe`)
      return list
    },
  }
}

/** A list with its labels as indices of `classes`, matched by name. */
function relabel(list: ImageList, {classes, source}: {classes: readonly string[]; source: string}): ImageList {
  const labels = list.classes.map(name => classes.indexOf(name))
  const unknown = labels.indexOf(-1)
  if (unknown >= 0) {
    const known = escapeLine(classes.slice(0, 5).join(', '), 200)
    const name = escapeLine(list.classes[unknown], 80)
    throw new Fault('input', `${source}: class ${name} is missing in the training data, which has ${known} …`)
  }
  return {classes, images: list.images.map(({source, label}) => ({source, label: labels[label]}))}
}

/**
 * The hash of a source for this recipe: its labels and class names, from which the seed draws, and the contents of the
 * images that were drawn. Most images of a large source are never read.
 */
function hashList({classes, images}: ImageList, used: {contents: readonly string[]; processor: Processor}): string {
  const how = isDeepStrictEqual(used.processor, USUAL) ? [] : [used.processor]
  const labels = JSON.stringify([classes, images.map(({label}) => label), ...how])
  return sha256(`${labels} ${used.contents.join(' ')}`)
}
