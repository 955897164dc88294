import {formatCount} from '../../base/pluralize.ts'
import {availableMemory} from '../../engine/available-memory.ts'
import {type Named, type Stored, type StoredDType, size} from '../../engine/program.ts'
import {openBlueprint} from '../blueprint.ts'
import {countExamples} from '../data/count-examples.ts'
import {isOnDisk, locateConfig} from '../data/locate-sources.ts'
import {sourceOfClasses} from '../data/open-data.ts'
import {placeholders, storedBytes} from '../data/placeholder-weights.ts'
import type {MemoryNeed} from '../data/task-data.ts'
import type {Recipe} from '../file/schema.ts'
import {findTensors} from '../model-tensors.ts'
import type {Blueprint} from '../opened-model.ts'
import {checkNeed, fewerParameters, totalBytes, trainableBytes, trainableTerms, trainingNeed} from './check-memory.ts'
import {clipBatch, estimateStepCost, trainedLength} from './step-cost.ts'

/**
 * Refuses a run that needs more memory than is available whatever its data are, before anything is downloaded or hashed:
 * with the shortest texts, and nothing to score. It takes a second or two, since nothing is read but the headers of a
 * model's files; examples are counted only before a refusal, because a micro-batch holds no more than there are. A model of
 * the hub is judged by its config, which may ship with svft; a run passes if that config, or the data whose classes its head
 * depends on, are still missing. `limitPrograms`, with which the run itself begins, finds what the data need beyond.
 *
 * @throws Fault 'failed' with the sum, and with what would need less
 */
export async function checkMinimum(recipe: Recipe, available = availableMemory()): Promise<void> {
  if (await isUnknown(recipe)) return
  const blueprint = await openBlueprint(recipe)
  const {model, plan} = blueprint
  const budget = {name: recipe.name, available}
  if (recipe.train && trainableBytes(recipe, plan) > available) checkNeed(trainableNeed(recipe, plan.count), budget) // needs no file
  const tensors = await tensorsOf(blueprint)
  if (!recipe.train) return checkNeed(weightsNeed(tensors), budget)

  const need = await minimumNeed(blueprint, tensors)
  if (totalBytes(need) <= available) return
  const {train: examples} = await countExamples(recipe, 'labels' in model ? model.labels : undefined)
  checkNeed(await minimumNeed({...blueprint, recipe: clipBatch(recipe, examples)}, tensors), budget)
}

/** Whether the model's shapes depend on files that are not here yet. */
async function isUnknown(recipe: Recipe): Promise<boolean> {
  const {model} = recipe
  const source = sourceOfClasses(recipe)
  if (source !== undefined && !(await isOnDisk(source))) return true
  return 'path' in model && (await locateConfig(model.path).catch(() => undefined)) === undefined
}

/** The memory that training on a micro-batch of the shortest texts takes. */
async function minimumNeed(blueprint: Blueprint, tensors: Named<Stored>): Promise<MemoryNeed> {
  const length = trainedLength(blueprint, 1)
  const cost = await estimateStepCost(blueprint, {length, dtype: dtypeOf(tensors)})
  return trainingNeed(blueprint, cost, {tensors, length})
}

/** The model's tensors, located but not read; of a model that is not downloaded, placeholders of the type in its config. */
async function tensorsOf(blueprint: Blueprint): Promise<Named<Stored>> {
  const {recipe, model, config} = blueprint
  if ('init' in recipe.model) return {}
  if (!(await isOnDisk(recipe.model.path))) return placeholders(model.shapes, config)
  return (await findTensors(blueprint)).tensors
}

/** The type of the largest tensor, which stands for all. */
function dtypeOf(tensors: Named<Stored>): StoredDType | undefined {
  const [largest] = Object.values(tensors).sort((a, b) => size(b.shape) - size(a.shape))
  return largest?.dtype
}

const trainableNeed = (recipe: Recipe, count: number) => ({
  what: `training ${formatCount(count)} parameters`,
  terms: trainableTerms(recipe, count),
  help: [fewerParameters(count)],
})

const weightsNeed = (tensors: Named<Stored>) => ({
  what: 'the model',
  terms: [['weights', storedBytes(tensors)]] as const,
  help: ['a smaller model'],
})
