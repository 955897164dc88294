import type {ShapedStep} from '../../engine/program.ts'
import type {OpenedModel} from '../opened-model.ts'
import {mergedPlaceholders} from './placeholder-weights.ts'
import {programCost} from './program-cost.ts'
import type {MemoryNeed} from './task-data.ts'

/** The largest batch that is scored: no more examples than the largest split has. */
export const largestBatch = (splits: Readonly<Record<string, readonly unknown[]>>, batch: number): number =>
  Math.min(batch, Math.max(1, ...Object.values(splits).map(({length}) => length)))

/** A batch that is scored: the number of its rows, and with it the size of an input, as in `4 × 32 tokens`. */
interface ScoredBatch {
  readonly rows: number
  readonly what: string
}

/** The memory that reading examples to score them takes, for the largest batch. */
export async function scoringNeed(
  opened: OpenedModel,
  {step, inputs}: ShapedStep,
  {rows, what}: ScoredBatch,
): Promise<MemoryNeed> {
  const weights = mergedPlaceholders(opened)
  const {frozenBytes, convertedBytes, workingBytes} = await programCost(opened.recipe, step, {inputs, weights})
  return {
    what: 'scoring',
    terms: [
      ['weights', frozenBytes + convertedBytes],
      [`for reading ${what}`, workingBytes],
    ],
    help: scoringHelp(rows),
  }
}

/** Changes of a recipe by which scoring would take less memory than with a batch of `rows`. */
export const scoringHelp = (rows: number): MemoryNeed['help'] => [
  ...(rows > 1 ? [`evaluate.batch below ${rows}`] : []),
  'a smaller model',
]
