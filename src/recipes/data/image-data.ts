import {isDeepStrictEqual} from 'node:util'
import {Fault} from '../../base/fault.ts'
import {escapeLine} from '../../base/printable.ts'
import {sha256} from '../../base/sha256.ts'
import {classifyImages, imageStep} from '../../evaluate/classify.ts'
import type {ImageList} from '../../images/source.ts'
import {listClasses} from '../../tasks/custom/class-names.ts'
import {type Processor, USUAL} from '../../tasks/processor.ts'
import type {ImageTask} from '../../tasks/task.ts'
import {imageData} from '../../train/batch.ts'
import type {Recipe} from '../file/schema.ts'
import {splitFile, usedSplits} from '../file/splits.ts'
import {findsClasses} from '../file/task-of.ts'
import type {OpenedModel} from '../opened-model.ts'
import {scoreClassifier} from './classifier-scoring.ts'
import {readLabelled} from './labelled-examples.ts'
import {modelForTask} from './model-for-task.ts'
import {largestBatch, scoringNeed} from './scoring-need.ts'
import {sharedInputWarnings} from './shared-inputs.ts'
import {imageHashes, inFileOrder, openPixels, type SplitImages} from './split-images.ts'
import type {TaskData} from './task-data.ts'

/** Opens the data of a task whose images a classifier labels. */
export async function openImageData(task: ImageTask, opened: OpenedModel): Promise<TaskData> {
  const {recipe, engine, processor = USUAL} = opened
  const model = await modelForTask('image-classification', opened)
  const [, height, width] = model.image
  const {batch} = recipe.evaluate

  const {lists, train, splits, warnings} = await readImages(task, recipe)
  const images = Object.entries({train, ...splits}).map(([split, images]) => inFileOrder(split, images))
  const {threads} = engine
  const pixels = openPixels(images, {width, height, processor, orient: recipe.data.orient, threads})

  return {
    examples: train.length,
    longest: 1,
    warnings,
    classes: lists.classes,
    async hash(source) {
      const read = images.filter(({split}) => splitFile(recipe, split) === source)
      const contents = await Promise.all(read.map(({content}) => content()))
      return hashList(lists.of(source), {contents: contents.map(({hash}) => hash), processor})
    },
    async prepare(options) {
      for (const text of await sharedImageWarnings(recipe, images)) options.events.warn(text)
      await pixels.prepare(options)
    },
    batches: (order, rows) =>
      imageData({labels: train.map(({label}) => label), pixels: pixels.of('train')}, order, {
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
          classes: lists.classes,
          async examples(split) {
            const hashes = await pixels.hashes(split)
            return splits[split].map(({label}, i) => ({label, content: hashes[i]}))
          },
          logits(split, progress) {
            const images = {count: splits[split].length, pixels: pixels.of(split)}
            return classifyImages(images, {engine, model, weights, batch, ...progress})
          },
        },
        options,
      ),
  }
}

async function sharedImageWarnings(recipe: Recipe, images: readonly SplitImages[]): Promise<readonly string[]> {
  const hashed = await Promise.all(images.map(async one => [one.split, await imageHashes(one)] as const))
  const {train, ...splits} = Object.fromEntries(hashed)
  return sharedInputWarnings(recipe, {train, splits, noun: 'image'})
}

/** Lists the images of every split that a recipe reads, and of every source. */
export async function readImages(task: ImageTask, recipe: Recipe) {
  const lists = await readLists(task, recipe)
  const read = async (source: string) => lists.of(source).images
  return {lists, ...(await readLabelled(recipe, {read, classes: lists.classes}))}
}

interface ImageLists {
  /** The classes of all sources; labels are indices of these. */
  readonly classes: readonly string[]
  of(source: string): ImageList
}

/** Lists every source that the recipe reads, once. The first one decides the classes: the training data, where these are its own. */
async function readLists(task: ImageTask, recipe: Recipe): Promise<ImageLists> {
  const lists = new Map<string, ImageList>()
  const own = findsClasses(recipe) ? [recipe.data.train] : []
  const sources = [...own, ...usedSplits(recipe).map(split => splitFile(recipe, split))]
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
    const name = escapeLine(list.classes[unknown], 80)
    throw new Fault(
      'input',
      `${source}: class ${name} is missing in the training data, which has ${listClasses(classes)}`,
    )
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
