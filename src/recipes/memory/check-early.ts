import {availableMemory} from '../../engine/available-memory.ts'
import {type Named, type Stored, type StoredDType, size} from '../../engine/program.ts'
import {openBlueprint} from '../blueprint.ts'
import {countExamples} from '../data/count-examples.ts'
import {isOnDisk, locateConfig} from '../data/locate-sources.ts'
import type {MemoryNeed} from '../data/memory-need.ts'
import type {Recipe} from '../file/schema.ts'
import {hasFinished} from '../has-finished.ts'
import {findTensors} from '../model-tensors.ts'
import type {Blueprint} from '../opened-model.ts'
import {checkNeed, fewerParameters, totalBytes, trainingNeed} from './check-memory.ts'
import {clipBatch} from './clip-batch.ts'
import {trainableBytes} from './preview.ts'
import {placeholders, stepNeeds, trainedLength} from './step-needs.ts'

/**
 * Throws, within a second or two and with nothing read but the headers of a model's files, where a run needs more memory
 * than is available whatever its data are: with the shortest of texts, and nothing to be answered. Only before it does,
 * examples are counted, for a micro-batch holds no more than there are. What else may be too much, `checkMemory` finds
 * once the data are read.
 */
export async function checkLeast(recipe: Recipe, available = availableMemory()): Promise<void> {
  const blueprint = await openBlueprint(recipe)
  const {model, plan} = blueprint
  const room = {name: recipe.name, available}
  if (recipe.train && trainableBytes(plan) > available) checkNeed(trainables(plan.count), room) // needs no file
  const tensors = await tensorsOf(blueprint)
  if (!recipe.train) return checkNeed(weights(tensors), room)

  const asked = await leastNeed(blueprint, tensors)
  if (totalBytes(asked) <= available) return
  const {train: examples} = await countExamples(recipe, 'labels' in model ? model.labels : undefined)
  checkNeed(await leastNeed({...blueprint, recipe: clipBatch(recipe, examples)}, tensors), room)
}

/** Of a micro-batch of the shortest texts. */
async function leastNeed(blueprint: Blueprint, tensors: Named<Stored>): Promise<MemoryNeed> {
  const length = trainedLength(blueprint.model, 1)
  const needs = await stepNeeds(blueprint, {length, dtype: dtypeOf(tensors)})
  return trainingNeed(blueprint, needs, {tensors, length})
}

/**
 * The same before a model of the hub is downloaded, where its config is known: it ships with svft, or came before. Which
 * type the weights have is as the config says.
 */
export async function checkBeforeDownload(recipe: Recipe): Promise<void> {
  if (!('path' in recipe.model) || (await isOnDisk(recipe.model.path))) return
  const config = await locateConfig(recipe.model.path).catch(() => undefined) // comes with the download
  if (config !== undefined && !(await hasFinished(recipe))) await checkLeast(recipe)
}

/** Of a model of the hub that is not here yet, as its config says. */
async function tensorsOf(blueprint: Blueprint): Promise<Named<Stored>> {
  const {recipe, model, config} = blueprint
  if ('init' in recipe.model) return {}
  if (!(await isOnDisk(recipe.model.path))) return placeholders(model.shapes, config)
  return (await findTensors(blueprint)).tensors
}

/** That of the largest tensor, as good as the whole. */
function dtypeOf(tensors: Named<Stored>): StoredDType | undefined {
  const [largest] = Object.values(tensors).sort((a, b) => size(b.shape) - size(a.shape))
  return largest?.dtype
}

const trainables = (count: number) => ({
  what: `training ${count.toLocaleString('en')} parameters`,
  program: 0,
  terms: [
    ['θ', 4 * count],
    ['gradient', 4 * count],
    ["AdamW's two moments", 8 * count],
  ] as const,
  help: [fewerParameters(count)],
})

const weights = (tensors: Named<Stored>) => ({
  what: 'the model',
  program: 0,
  terms: [['weights', Object.values(tensors).reduce((sum, {at}) => sum + bytesAt(at), 0)]] as const,
  help: ['a smaller model'],
})

const bytesAt = (at: Stored['at']) => ('data' in at ? at.data.byteLength : at.bytes)
