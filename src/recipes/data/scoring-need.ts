import type {ShapedStep} from '../../engine/program.ts'
import type {OpenedModel} from '../opened-model.ts'
import {mergedPlaceholders} from './placeholder-weights.ts'
import {programCost} from './program-cost.ts'
import type {MemoryNeed} from './task-data.ts'

/** The largest batch that is scored: no more examples than the largest split has. */
export const largestBatch = (splits: Readonly<Record<string, readonly unknown[]>>, batch: number): number =>
  Math.min(batch, Math.max(1, ...Object.values(splits).map(({length}) => length)))

/** The memory that reading examples to score them takes; `what` describes the largest batch. */
export async function scoringNeed(opened: OpenedModel, {step, inputs}: ShapedStep, what: string): Promise<MemoryNeed> {
  const {recipe} = opened
  const weights = mergedPlaceholders(opened)
  const {frozenBytes, convertedBytes, workingBytes} = await programCost(recipe, step, {inputs, weights})
  const {batch} = recipe.evaluate
  return {
    what: 'scoring',
    terms: [
      ['weights', frozenBytes + convertedBytes],
      [`for reading ${what}`, workingBytes],
    ],
    help: batch > 1 ? [`evaluate.batch below ${batch}`, 'a smaller model'] : [],
  }
}
