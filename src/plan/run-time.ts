import {availableParallelism} from 'node:os'
import type {WeightShape} from '../adapters/adapter.ts'
import {methodOf} from '../adapters/index.ts'
import {sum} from '../base/collections.ts'
import type {ProgramCost} from '../engine/graph-cost.ts'
import {size} from '../engine/program.ts'
import type {Model} from '../models/model.ts'
import type {ExampleCounts} from '../recipes/data/count-examples.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {trainingOrder} from '../recipes/training/train-order.ts'
import {random} from '../tensor/random.ts'
import {optimizerThreads} from '../train/optimizer-threads.ts'
import type {ExampleOrder} from '../train/order.ts'
import {tiedPair} from '../weights/names.ts'
import type {Rates} from './doctor/measure-rates.ts'

/** The time that the parts of a run take, in seconds; undefined where it depends on data of unknown size. */
export interface RunTime {
  /** The singular value decompositions of the adapted weights, of SVFT. */
  readonly svd: {readonly weights: number; readonly seconds: number} | undefined
  readonly train: {readonly steps: number; readonly stepSeconds: number; readonly seconds: number} | undefined
  /** The scoring of each split. */
  readonly score: Readonly<Record<string, {readonly examples: number; readonly seconds: number}>>
  readonly seconds: number
  /** The parts that `seconds` leaves out because their number of examples is unknown: `train`, or splits. */
  readonly unknown: readonly string[]
}

export interface RunTimeInputs {
  readonly recipe: Recipe
  readonly rates: Rates
  /** The cost of one micro-batch. */
  readonly stepCost: ProgramCost | undefined
  readonly adapted: readonly WeightShape[]
  readonly trainable: number
  readonly model: Pick<Model, 'task' | 'shapes' | 'tied'>
  readonly counts: ExampleCounts
  tokens(split: string): ExampleTokens
}

/** The tokens (or patches) of one example that the model reads, and the tokens that it generates. */
export interface ExampleTokens {
  readonly prompt: number
  readonly answer: number
  readonly beams: number
}

/**
 * Estimates the time of a run from shapes and two measured rates, F (floating-point operations per second of a large
 * matrix product, in the precision of the recipe's engine) and M (bytes of memory read per second):
 * - a micro-batch takes flops / F + movedBytes / M, summed over the nodes of its traced graph, and `FIXED.kernel` for each of
 *   them that computes something; a step has batch / microBatch of them, and clipping and AdamW, which take `FIXED.update` for
 *   each trainable parameter, shared among threads if there are many;
 * - reading a prompt, or classifying, takes 2 flops per weight and token at F;
 * - generating a token reads all weights once at M, in that precision, and takes 2 flops per weight and row at F;
 * - the decomposition of a weight with m rows or columns and n ≤ m takes 28 m n² flops at F of float32 and 1 µs · n² of QL.
 *
 * Programs reach a part of these rates: `REACHED`, fitted to the measured steps and tokens in docs/LOG.md.
 */
export function estimateRunTime(parts: RunTimeInputs): RunTime {
  const [svd, train] = [svdTime(parts), trainTime(parts)]
  const score = Object.fromEntries(
    Object.entries(parts.counts.score).flatMap(([split, examples]) =>
      examples === undefined ? [] : [[split, {examples, seconds: scoreSeconds(parts, split, examples)}]],
    ),
  )
  const scored = sum(Object.values(score).map(({seconds}) => seconds))
  const unknown = [
    ...(parts.recipe.train && parts.stepCost && !train ? ['train'] : []),
    ...Object.keys(parts.counts.score).filter(split => !(split in score)),
  ]
  return {svd, train, score, seconds: (svd?.seconds ?? 0) + (train?.seconds ?? 0) + scored, unknown}
}

/** How an engine computes. */
interface Pace {
  readonly flopsPerSecond: number
  /** The bytes of a weight. */
  readonly width: number
  /** The shares of the rates that steps and generated tokens reach. */
  readonly reached: {readonly step: number; readonly answer: number}
}

function paceOf({recipe, rates}: RunTimeInputs): Pace {
  if (recipe.engine !== 'openvino') return {flopsPerSecond: rates.flopsPerSecond, width: 4, reached: REACHED.f32}
  return {flopsPerSecond: rates.bf16FlopsPerSecond ?? rates.flopsPerSecond, width: 2, reached: REACHED.bf16}
}

/**
 * Measured in float32: a LoRA step of ViT-B reaches 0.90 of the rates, an SVFT step 0.86; a token of SmolLM2 0.62, in
 * batches of 16 0.66. In bfloat16, where elementwise ops fuse with each other and with products: steps of ViT-B and SmolLM2
 * 0.9 to 1.1, a token of SmolLM2 0.43.
 */
const REACHED = {f32: {step: 0.88, answer: 0.64}, bf16: {step: 1, answer: 0.45}}

/** The seconds that were measured to start a kernel, and to sum the gradients of a parameter and update it on one thread. */
const FIXED = {kernel: 3e-6, update: 7e-9}

function svdTime({recipe, rates, adapted}: RunTimeInputs): RunTime['svd'] {
  if (!methodOf(recipe.adapter).factorizes) return undefined
  const seconds = adapted.reduce((sum, shape) => {
    const [n, m] = [Math.min(...shape), Math.max(...shape)]
    return sum + (28 * m * n * n) / rates.flopsPerSecond + 1e-6 * n * n
  }, 0)
  return {weights: adapted.length, seconds}
}

function trainTime(parts: RunTimeInputs): RunTime['train'] {
  const {rates, stepCost, trainable} = parts
  const {train} = parts.recipe
  if (!train || !stepCost) return undefined
  const {flopsPerSecond, reached} = paceOf(parts)
  const steps = train.steps ?? orderOf(parts)?.steps
  if (!steps) return undefined
  const work = stepCost.flops / flopsPerSecond + stepCost.movedBytes / rates.bytesPerSecond
  const micro = work / reached.step + FIXED.kernel * stepCost.kernels
  const {engine, threads = engine === 'js' ? 1 : availableParallelism()} = parts.recipe
  const update = (FIXED.update * trainable) / optimizerThreads(trainable, threads)
  const stepSeconds = Math.ceil(train.batch / train.microBatch) * micro + update
  return {steps, stepSeconds, seconds: steps * stepSeconds}
}

/** The order of the training examples, if their number is known. */
function orderOf({recipe: {train, seed}, counts, model}: RunTimeInputs): ExampleOrder | undefined {
  return train && counts.train ? trainingOrder(train, {examples: counts.train, model, random: random(seed)}) : undefined
}

/** Each split is scored once; the one that selects the best epoch after each epoch as well. */
function scoreSeconds(parts: RunTimeInputs, split: string, examples: number): number {
  const {recipe, rates, model} = parts
  const {flopsPerSecond, width, reached} = paceOf(parts)
  const {prompt, answer, beams} = parts.tokens(split)
  const {train, evaluate} = recipe
  const {steps, stepsPerEpoch} = orderOf(parts) ?? {steps: train?.epochs ?? 1, stepsPerEpoch: 1}
  const times =
    (train?.keep === 'best' && train.keepBy === split ? Math.ceil(steps / stepsPerEpoch) : 0) +
    (evaluate.splits.includes(split) ? 1 : 0)
  const weights = sum(Object.entries(model.shapes).map(([name, shape]) => (isLookedUp(name, model) ? 0 : size(shape))))
  const reading = (2 * weights * prompt * examples) / flopsPerSecond / reached.step
  const rows = Math.min(evaluate.batch, examples) * beams
  const token = (width * weights) / rates.bytesPerSecond + (2 * weights * rows) / flopsPerSecond
  return times * (reading + (Math.ceil(examples / evaluate.batch) * answer * token) / reached.answer)
}

/** Whether a tensor is an embedding, of which a token reads one row. One that is tied to the head is read whole. */
const isLookedUp = (name: string, model: RunTimeInputs['model']): boolean =>
  name === model.tied?.embedding ? !tiedPair(model) : EMBEDDING.test(name)

const EMBEDDING = /(wpe|tok_embeddings|position_embeddings|word_embeddings|token_type_embeddings)\.weight$/
