import type {WeightShape} from '../adapters/adapter.ts'
import {methodOf} from '../adapters/index.ts'
import {type Named, type Shape, size} from '../engine/program.ts'
import type {ExampleCounts} from '../recipes/data/count-examples.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import type {StepNeeds} from '../recipes/memory/step-needs.ts'
import type {Rates} from './doctor/measure-rates.ts'

/** The time that the parts of a run take, in seconds; undefined where it depends on data of unknown size. */
export interface RunTime {
  /** The singular value decompositions of the adapted weights, of SVFT. */
  readonly svd: {readonly weights: number; readonly seconds: number} | undefined
  readonly train: {readonly steps: number; readonly stepSeconds: number; readonly seconds: number} | undefined
  /** By split. */
  readonly score: Readonly<Record<string, {readonly examples: number; readonly seconds: number}>>
  readonly seconds: number
  /** The parts that `seconds` leaves out because their number of examples is unknown: `train`, or splits. */
  readonly unknown: readonly string[]
}

export interface RunTimeInputs {
  readonly recipe: Recipe
  readonly rates: Rates
  /** The needs of one micro-batch. */
  readonly needs: StepNeeds | undefined
  readonly adapted: readonly WeightShape[]
  readonly trainable: number
  readonly shapes: Named<Shape>
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
 * matrix product) and M (bytes of memory read per second):
 * - a micro-batch takes flops / F + movedBytes / M, summed over the nodes of its traced graph; a step has
 *   batch / microBatch of them, and AdamW, which reads and writes θ, its gradient and both moments: 28 bytes per trainable
 *   parameter at M;
 * - reading a prompt, or classifying, takes 2 flops per weight and token at F;
 * - generating a token reads all weights once at M, in float32, and takes 2 flops per weight and row at F;
 * - the decomposition of a weight with m rows or columns and n ≤ m takes 28 m n² flops at F and 1 µs · n² of QL.
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
  const scored = Object.values(score).reduce((sum, {seconds}) => sum + seconds, 0)
  const unknown = [
    ...(parts.recipe.train && parts.needs && !train ? ['train'] : []),
    ...Object.keys(parts.counts.score).filter(split => !(split in score)),
  ]
  return {svd, train, score, seconds: (svd?.seconds ?? 0) + (train?.seconds ?? 0) + scored, unknown}
}

/** Measured: a LoRA step of ViT-B reaches 0.90 of the rates, an SVFT step 0.86; a token of SmolLM2 0.62, in batches of 16 0.66. */
const REACHED = {step: 0.88, answer: 0.64}

function svdTime({recipe, rates, adapted}: RunTimeInputs): RunTime['svd'] {
  if (!methodOf(recipe.adapter).factorizes) return undefined
  const seconds = adapted.reduce((sum, shape) => {
    const [n, m] = [Math.min(...shape), Math.max(...shape)]
    return sum + (28 * m * n * n) / rates.flopsPerSecond + 1e-6 * n * n
  }, 0)
  return {weights: adapted.length, seconds}
}

function trainTime({recipe: {train}, rates, needs, trainable, counts}: RunTimeInputs): RunTime['train'] {
  if (!train || !needs) return undefined
  const steps = train.steps ?? Math.ceil((counts.train ?? 0) / train.batch) * (train.epochs ?? 0)
  if (!steps) return undefined
  const micro = needs.flops / rates.flopsPerSecond + needs.movedBytes / rates.bytesPerSecond
  const update = (28 * trainable) / rates.bytesPerSecond
  const stepSeconds = (Math.ceil(train.batch / train.microBatch) * micro) / REACHED.step + update
  return {steps, stepSeconds, seconds: steps * stepSeconds}
}

/** Each split is scored once; the one that selects the best epoch after each epoch as well. */
function scoreSeconds(parts: RunTimeInputs, split: string, examples: number): number {
  const {recipe, rates, shapes} = parts
  const {prompt, answer, beams} = parts.tokens(split)
  const {train, evaluate} = recipe
  const times =
    (train?.keep === 'best' && train.keepBy === split ? (train.epochs ?? 1) : 0) +
    (evaluate.splits.includes(split) ? 1 : 0)
  const weights = Object.entries(shapes).reduce(
    (sum, [name, shape]) => sum + (LOOKED_UP.test(name) ? 0 : size(shape)),
    0,
  )
  const reading = (2 * weights * prompt * examples) / rates.flopsPerSecond / REACHED.step
  const rows = Math.min(evaluate.batch, examples) * beams
  const token = (4 * weights) / rates.bytesPerSecond + (2 * weights * rows) / rates.flopsPerSecond
  return times * (reading + (Math.ceil(examples / evaluate.batch) * answer * token) / REACHED.answer)
}

/** Embeddings, of which a token reads one row. */
const LOOKED_UP = /(embed_in|position_embeddings|word_embeddings|token_type_embeddings)/
