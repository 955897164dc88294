import {createHash} from 'node:crypto'
import {isDeepStrictEqual} from 'node:util'
import {Fault, prefixFaults} from '../../base/fault.ts'
import {pixelsFolder} from '../../base/folders.ts'
import {escapeLine} from '../../base/printable.ts'
import {classifyImages, imageStep} from '../../evaluate/classify.ts'
import {fileOrder} from '../../images/file-order.ts'
import type {ImageList, LabelledImage} from '../../images/list.ts'
import {hashSources, type ImageSource} from '../../images/source.ts'
import {modelFor} from '../../models/open-model.ts'
import {type Pixels, preparePixels} from '../../tasks/pixels.ts'
import {type Processor, readProcessor, USUAL} from '../../tasks/processor.ts'
import type {ImageTask} from '../../tasks/task.ts'
import {imageData} from '../../train/batch.ts'
import {scoredSplits, splitFile} from '../file/splits.ts'
import type {OpenedModel} from '../opened-model.ts'
import {classifyingNeed, largestBatch, scoreClassifier} from './classifier-scoring.ts'
import {readLabelled} from './labelled-examples.ts'
import type {TaskData} from './task-data.ts'

/** A task whose images a classifier tells apart. */
export async function openImageData(task: ImageTask, opened: OpenedModel): Promise<TaskData> {
  const {recipe, folder, engine} = opened
  const model = await prefixFaults(recipe.name, () =>
    modelFor('image-classification', opened.model, `task ${recipe.task}`),
  )
  const [, height, width] = model.image
  const processor = await readProcessor(folder, {width, height})
  const {filter} = processor
  const {batch} = recipe.evaluate

  const lists = await readLists(task, recipe)
  const {classes} = lists.values().next().value!
  const read = async (source: string) => lists.get(source)!.images
  const {train, splits} = await readLabelled(recipe, {read, classes})
  const chosen = Object.entries({train, ...splits}).map(([split, images]) => ({split, ...inOrder(images)}))

  const pixels = new Map<readonly LabelledImage[], Pixels>()
  const readPixels = (images: readonly LabelledImage[]) => {
    const {places} = chosen.find(one => one.images === images)!
    return (numbers: readonly number[]) =>
      pixels.get(images)!.read(
        numbers.map(number => places[number]),
        processor,
      )
  }

  return {
    examples: train.length,
    longest: 1,
    warnings: [],
    async hash(source) {
      const mine = chosen.filter(
        ({split}) => (split === 'train' ? recipe.data.train : splitFile(recipe, split)) === source,
      )
      const contents = await Promise.all(mine.map(({content}) => content()))
      return hashOf(lists.get(source)!, {contents, processor})
    },
    async prepare({events, signal}) {
      for (const {split, images, sources, content} of chosen) {
        const onProgress = ({done, total}: {done: number; total: number}) =>
          events.progress(`images of ${split}`, done, total)
        if (sources.length === 0) continue
        const kept = {cache: pixelsFolder(), content: await content()}
        const {orient} = recipe.data
        const how = {width, height, filter, ...(orient ? {orient} : {}), threads: engine.threads, signal}
        pixels.set(images, await preparePixels(sources, {...kept, ...how, onProgress}))
      }
    },
    batches: (order, rows) =>
      imageData({labels: train.map(({label}) => label), pixels: readPixels(train)}, order, {
        rows,
        weighting: recipe.train?.weighting,
      }),
    scoring() {
      const rows = largestBatch(splits, batch)
      return classifyingNeed(opened, imageStep({model}, rows), `${rows} images`)
    },
    score: (wanted, weights, options) =>
      scoreClassifier(
        wanted,
        {
          metric: task.metric,
          labels: split => splits[split].map(({label}) => label),
          logits: (split, onProgress) => {
            const images = {count: splits[split].length, pixels: readPixels(splits[split])}
            return classifyImages(images, {engine, model, weights, batch, onProgress, signal: options.signal})
          },
        },
        options,
      ),
  }
}

/** Images that a split reads, as fast as their files allow. */
interface Chosen {
  readonly images: readonly LabelledImage[]
  /** Theirs in the order of the files. */
  readonly sources: readonly ImageSource[]
  /** Where in `sources` each image is. */
  readonly places: readonly number[]
  /** The sha256 of the sources, read once. */
  content(): Promise<string>
}

function inOrder(images: readonly LabelledImage[]): Chosen {
  const order = fileOrder(images.map(({source}) => source))
  const sources = order.map(i => images[i].source)
  const places: number[] = []
  for (const [place, i] of order.entries()) places[i] = place
  let content: Promise<string> | undefined
  return {
    images,
    sources,
    places,
    content() {
      content ??= hashSources(sources)
      return content
    },
  }
}

/** Every source that the recipe reads, once; labels are places among the classes of the first. */
async function readLists(task: ImageTask, recipe: OpenedModel['recipe']): Promise<ReadonlyMap<string, ImageList>> {
  const lists = new Map<string, ImageList>()
  const sources = [
    ...(recipe.train ? [recipe.data.train] : []),
    ...scoredSplits(recipe).map(split => splitFile(recipe, split)),
  ]
  for (const source of sources) {
    if (lists.has(source)) continue
    const list = await task.readExamples(source)
    const first = lists.values().next().value
    lists.set(source, first ? relabelled(list, {classes: first.classes, source}) : list)
  }
  return lists
}

/** A list whose labels are places among `classes`, by their names. */
function relabelled(list: ImageList, {classes, source}: {classes: readonly string[]; source: string}): ImageList {
  const places = list.classes.map(name => classes.indexOf(name))
  const strange = places.indexOf(-1)
  if (strange >= 0) {
    const known = escapeLine(classes.slice(0, 5).join(', '), 200)
    throw new Fault(
      'input',
      `${source}: a class that is not one of training's, ${known} …: ${escapeLine(list.classes[strange], 80)}`,
    )
  }
  return {classes, images: list.images.map(({source, label}) => ({source, label: places[label]}))}
}

/**
 * What tells a source from others for this recipe: its labels and names of classes, from which the seed draws, and the
 * contents of the images that were drawn. Of a large source most images are never read.
 */
function hashOf({classes, images}: ImageList, used: {contents: readonly string[]; processor: Processor}): string {
  const how = isDeepStrictEqual(used.processor, USUAL) ? [] : [used.processor]
  const labels = JSON.stringify([classes, images.map(({label}) => label), ...how])
  return createHash('sha256')
    .update(`${labels} ${used.contents.join(' ')}`)
    .digest('hex')
}
