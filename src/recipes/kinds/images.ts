import {createHash} from 'node:crypto'
import {Fault} from '../../engine/fault.ts'
import {classifyImages, imageStep} from '../../evaluate/classify.ts'
import type {ImageList, LabelledImage} from '../../images/list.ts'
import type {Normalisation} from '../../images/normalise.ts'
import {hashSources} from '../../images/source.ts'
import {modelFor} from '../../models/index.ts'
import {type Pixels, preparePixels} from '../../tasks/pixels.ts'
import type {ImageTask} from '../../tasks/task.ts'
import {imageData} from '../../train/batch.ts'
import {splitFile, splitsOf} from '../data.ts'
import type {Opened} from '../experiment.ts'
import {pixelsFolder} from '../places.ts'
import {classifyingNeed, judge} from './classifying.ts'
import type {TaskData} from './kind.ts'
import {readLabelled} from './labelled.ts'

/** A task whose images a classifier tells apart. */
export async function openImages(task: ImageTask, opened: Opened): Promise<TaskData> {
  const {recipe, engine} = opened
  const model = modelFor('image-classification', opened.model, `${recipe.name}: task ${recipe.task}`)
  const [, height, width] = model.image
  const {batch} = recipe.evaluate

  const lists = await readLists(task, recipe)
  const {classes} = lists.values().next().value!
  const read = async (source: string) => lists.get(source)!.images
  const {train, splits} = await readLabelled(recipe, {read, classes})

  const pixels = new Map<readonly LabelledImage[], Pixels>()
  const readPixels = (images: readonly LabelledImage[]) => (numbers: readonly number[]) =>
    pixels.get(images)!.read(numbers, NORMALISATION)

  return {
    examples: train.length,
    longest: 1,
    warnings: [],
    hash: source => hashList(lists.get(source)!),
    async prepare({events, signal}) {
      for (const [split, images] of Object.entries({train, ...splits})) {
        const sources = images.map(({source}) => source)
        const onProgress = ({done, total}: {done: number; total: number}) =>
          events.progress(`images of ${split}`, done, total)
        const options = {cache: pixelsFolder(), width, height, filter: 'bilinear', onProgress, signal} as const
        if (sources.length > 0) pixels.set(images, await preparePixels(sources, options))
      }
    },
    batches: (order, rows) =>
      imageData({labels: train.map(({label}) => label), pixels: readPixels(train)}, order, {rows}),
    scoring: () => classifyingNeed(opened, imageStep({model}, batch), `${batch} images`),
    score: (wanted, weights, options) =>
      judge(
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

/** As the image processor of the paper's ViTs has it. */
const NORMALISATION: Normalisation = {mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]}

/** Every source that the recipe reads, once; labels are places among the classes of the first. */
async function readLists(task: ImageTask, recipe: Opened['recipe']): Promise<ReadonlyMap<string, ImageList>> {
  const lists = new Map<string, ImageList>()
  const sources = [
    ...(recipe.train ? [recipe.data.train] : []),
    ...splitsOf(recipe).map(split => splitFile(recipe, split)),
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
    const known = classes.slice(0, 5).join(', ')
    throw new Fault('input', `${source}: a class that is not one of training's, ${known} …: ${list.classes[strange]}`)
  }
  return {classes, images: list.images.map(({source, label}) => ({source, label: places[label]}))}
}

/** The sha256 of images, labels and names of classes. */
async function hashList({classes, images}: ImageList): Promise<string> {
  const content = await hashSources(images.map(({source}) => source))
  const labels = JSON.stringify([classes, images.map(({label}) => label)])
  return createHash('sha256').update(`${labels} ${content}`).digest('hex')
}
