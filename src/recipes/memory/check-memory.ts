import type {AdapterPlan} from '../../adapters/plan.ts'
import {compact, sum} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import {formatBytes} from '../../base/format-bytes.ts'
import {formatCount} from '../../base/pluralize.ts'
import {availableMemory} from '../../engine/available-memory.ts'
import type {ProgramCost} from '../../engine/graph-cost.ts'
import type {Named, Stored} from '../../engine/program.ts'
import type {ProgramLimits} from '../../engine/program-cache.ts'
import {placeholders, storedBytes} from '../data/placeholder-weights.ts'
import type {MemoryNeed} from '../data/task-data.ts'
import type {Experiment} from '../experiment.ts'
import type {Recipe} from '../file/schema.ts'
import type {Blueprint} from '../opened-model.ts'
import {
  clipBatch,
  estimateStepCost,
  type KnownCosts,
  placesResults,
  traceStepCost,
  trainedLength,
  trainingSettings,
} from './step-cost.ts'

/**
 * Limits the training programs that may be in memory at a time, each for its own padded length, to what training and scoring
 * leave of the available memory; undefined without training. Nothing is loaded for it.
 *
 * @throws Fault 'failed' if training and scoring do not fit, with the sum and the settings of the recipe that would need less
 */
export async function limitPrograms(
  experiment: Experiment,
  available = availableMemory(),
): Promise<ProgramLimits | undefined> {
  const {recipe, data} = experiment
  const [training, scoring] = [await estimateTraining(experiment), await data.scoring()]
  const both = recipe.train?.keep === 'best' && training && scoring ? [trainingAndScoring(training, scoring)] : []
  for (const need of [training, scoring, ...both]) if (need) checkNeed(need, {name: recipe.name, available})
  if (!training) return undefined
  const {program, tokens} = training
  const left = available - both.reduce((most, need) => Math.max(most, totalBytes(need)), totalBytes(training))
  const several = recipe.engine === 'openvino' ? program + left / 2 : program // its programs take seconds to compile
  const bytes = Math.min(program + left, Math.max(several, PLENTY))
  return {count: MOST_PROGRAMS, tokens: Math.floor((tokens * bytes) / program)}
}

/** A run seldom alternates between more padded lengths than these. */
const MOST_PROGRAMS = 4

/** The bytes that all programs may take together, unless one alone needs more or the engine is openvino. */
const PLENTY = 2 ** 31

/**
 * The bytes that programs for other padded lengths may take, if they are free, beside the one for the longest texts: an upper
 * bound of what `limitPrograms` admits, since programs for shorter texts are smaller.
 */
export function otherProgramsBytes(blueprint: Blueprint, {workingBytes}: Pick<ProgramCost, 'workingBytes'>): number {
  const {engine, train} = blueprint.recipe
  if (!train || !['onnx', 'openvino'].includes(engine)) return 0
  const lengths = Array.from({length: train.maxTokens}, (_, i) => trainedLength(blueprint, i + 1))
  const others = (Math.min(MOST_PROGRAMS, new Set(lengths).size) - 1) * workingBytes
  return engine === 'openvino' ? others : Math.max(0, Math.min(others, PLENTY - workingBytes))
}

/** The parts of the memory of a process that trains, with programs for one micro-batch at the greatest length. */
export interface TrainingMemory extends Pick<ProgramCost, 'frozenBytes' | 'convertedBytes' | 'workingBytes'> {
  /** θ and its best values, gradients and AdamW's two moments. */
  readonly trainableBytes: number
  /** The process itself, unless `workingBytes` has it. */
  readonly processBytes: number
}

/** The memory of training on a micro-batch at the greatest length, or of a model that only generates, from shapes alone. */
export async function trainingMemory(blueprint: Blueprint, known?: KnownCosts): Promise<TrainingMemory> {
  const {recipe, model, config, plan} = blueprint
  const {frozenBytes, convertedBytes, workingBytes} = recipe.train
    ? await estimateStepCost(blueprint, {length: trainedLength(blueprint, recipe.train.maxTokens), known})
    : {frozenBytes: storedBytes(placeholders(model.shapes, config)), convertedBytes: 0, workingBytes: 0}
  return {
    frozenBytes,
    convertedBytes,
    trainableBytes: trainableBytes(recipe, plan),
    workingBytes,
    processBytes: processBytes(recipe),
  }
}

/** The sum of all parts: the peak memory of a process that trains. */
export const sumMemory = (memory: TrainingMemory) =>
  memory.frozenBytes + memory.convertedBytes + memory.trainableBytes + memory.workingBytes + memory.processBytes

/**
 * The memory that a run in bfloat16 takes briefly, if that much is free; undefined if it is not far more than training
 * takes, `memory`. Comparing the first micro-batch with float32 takes what training in float32 does; comparing others takes that
 * beside the program in bfloat16 if twice as much is left (see `checkPrecision`). Compiling a program for another padded length
 * takes the frozen matrices once more, since OpenVINO fills the inputs of a program with zeros before it gets ours. Without that
 * room the comparison is left out, and the system drops pages of mapped weights for a while.
 */
export async function momentaryMemory(
  blueprint: Blueprint,
  memory: TrainingMemory,
  {known, available = availableMemory()}: {readonly known?: KnownCosts | undefined; readonly available?: number} = {},
): Promise<number | undefined> {
  const {recipe, model} = blueprint
  if (recipe.engine !== 'openvino' || !recipe.train) return undefined
  const float32 = await trainingMemory({...blueprint, recipe: {...recipe, engine: 'onnx'}}, known)
  const zeros = model.task === 'image-classification' ? 0 : memory.frozenBytes + memory.convertedBytes // images have no lengths
  const compiling = sumMemory(memory) + zeros
  const {frozenBytes, convertedBytes, workingBytes} = float32
  const added = frozenBytes + convertedBytes + workingBytes
  const beside = 2 * added > available - sumMemory(memory) ? 0 : sumMemory(memory) + added
  const most = Math.max(sumMemory(float32), beside, compiling)
  return most > 1.1 * sumMemory(memory) ? most : undefined
}

/**
 * The bytes that `count` trainable parameters take in float32: a gradient is computed in place, and summed with those of a step's
 * other micro-batches, if any, in another vector. Of other engines and devices, an old gradient is yet to be collected.
 */
export function trainableTerms(recipe: Recipe, count: number): MemoryNeed['terms'] {
  const {train} = recipe
  const several = train !== undefined && train.batch > train.microBatch
  const gradients = (placesResults(recipe) ? 1 : 2) + (several ? 1 : 0)
  return [
    ['θ', 4 * count],
    ...(train?.keep === 'best' ? [['the best θ', 4 * count] as const] : []),
    ['gradients', 4 * gradients * count],
    ["AdamW's two moments", 8 * count],
  ]
}

export const trainableBytes = (recipe: Recipe, {count}: AdapterPlan) =>
  sum(trainableTerms(recipe, count).map(([, bytes]) => bytes))

/** Node with its libraries, svft's code and a traced program: measured 200 to 260 MB. */
const PROCESS = 230e6

/** The memory of the process itself, which `stepCost` has for engine openvino. */
const processBytes = ({engine}: Pick<Recipe, 'engine'>) => (engine === 'openvino' ? 0 : PROCESS)

/** Throws if a need exceeds the available memory. */
export function checkNeed(
  need: MemoryNeed,
  {name, available}: {readonly name: string; readonly available: number},
): void {
  const total = totalBytes(need)
  if (total <= available) return
  const terms = need.terms.map(([term, bytes]) => `${formatBytes(bytes)} ${term}`).join(' + ')
  const help = need.help.length ? need.help.join(', or ') : 'a smaller model'
  throw new Fault(
    'failed',
    `${name}: ${need.what} does not fit in memory: ${terms} = ${formatBytes(total)}, ` +
      `${formatBytes(available)} are available; it would need less with ${help}`,
  )
}

/** Sums the needs of scoring after an epoch, while the programs for training stay in memory. */
function trainingAndScoring(training: MemoryNeed, scoring: MemoryNeed): MemoryNeed {
  return {
    what: `${training.what}, and ${scoring.what} after each epoch,`,
    terms: [...training.terms, ...scoring.terms],
    help: [...new Set([...training.help, ...scoring.help, 'train.keep: last'])],
  }
}

export const totalBytes = ({terms}: MemoryNeed) => sum(terms.map(([, term]) => term))

async function estimateTraining(experiment: Experiment): Promise<TrainingNeed | undefined> {
  const {recipe, tensors, data} = experiment
  if (!recipe.train || data.examples === 0) return undefined
  const length = trainedLength(experiment, data.longest)
  const trained = {...experiment, recipe: clipBatch(recipe, data.examples)}
  return trainingNeed(trained, await traceStepCost(trained, {tensors, length}), {tensors, length})
}

export interface TrainingNeed extends MemoryNeed {
  /** The bytes of a program for one padded length. */
  readonly program: number
  /** The tokens of a micro-batch. */
  readonly tokens: number
}

/** The memory that training takes, given the cost of a micro-batch of texts of `length` tokens. */
export function trainingNeed(
  {recipe, plan, model}: Blueprint,
  {frozenBytes, convertedBytes, workingBytes}: ProgramCost,
  {tensors, length}: {readonly tensors: Named<Stored>; readonly length: number},
): TrainingNeed {
  const {microBatch, recompute} = trainingSettings(recipe)
  const memory = {frozenBytes, convertedBytes, workingBytes, trainableBytes: trainableBytes(recipe, plan)}
  return {
    what: 'training',
    program: workingBytes,
    tokens: microBatch * length,
    terms: [
      ['frozen weights', frozenBytes],
      ...(convertedBytes > 0 ? [['the same in bfloat16', convertedBytes] as const] : []),
      [`for a micro-batch of ${microBatch} ${'image' in model ? 'images' : `× ${length} tokens`}`, workingBytes],
      ['θ, gradients and moments', memory.trainableBytes],
    ],
    help: compact([
      microBatch > 1 && `train.microBatch below ${microBatch}`,
      !recompute && 'train.recompute: true',
      length > 128 && `train.maxTokens below ${length}`,
      isMost(memory, memory.trainableBytes) && fewerParameters(plan.count),
      isMost(memory, frozenBytes) &&
        (isWide(tensors) ? 'a smaller model, or one stored in 16 bits' : 'a smaller model'),
    ]),
  }
}

export const fewerParameters = (params: number) => `a method that trains fewer than ${formatCount(params)} parameters`

/** Whether matrices are stored in 32 bits. A checkpoint in 16 bits may still have vectors in 32. */
const isWide = (tensors: Named<Stored>) =>
  Object.values(tensors).some(({dtype, shape}) => dtype === 'float32' && shape.length > 1)

const isMost = (memory: Omit<TrainingMemory, 'processBytes'>, bytes: number) =>
  bytes === Math.max(...Object.values(memory))
