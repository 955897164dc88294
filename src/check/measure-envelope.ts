import {processorOf} from '../recipes/environment.ts'
import type {ReferenceCell} from './reference-file.ts'
import type {TrainedRun} from './run-facts.ts'

/** Two runs of one seed in different environments. */
export type EnvelopePair = readonly [TrainedRun, TrainedRun]

/** The margin of the envelope, as a few pairs do not show the largest difference. */
const MARGIN = 10
/** The smallest bound relative to a loss: 16 units in the last place of float32. */
const LEAST = 16 * 2 ** -23

/**
 * Measures how far losses of one seed lie apart when only the order of sums differs. The bound of a stored step is ten
 * times the largest difference of all pairs up to that step, as differences grow with the steps. Undefined without pairs.
 */
export function measureEnvelope(pairs: readonly EnvelopePair[], steps: readonly number[]): ReferenceCell['envelope'] {
  if (pairs.length === 0) return undefined
  const bounds: number[] = []
  let largest = 0
  for (let step = 1; step <= steps[steps.length - 1]; step++) {
    for (const [a, b] of pairs) {
      const [here, there] = [a.trained.losses[step - 1], b.trained.losses[step - 1]]
      largest = Math.max(largest, MARGIN * Math.abs(here - there), LEAST * Math.abs(here))
    }
    if (steps.includes(step)) bounds.push(Number(largest.toPrecision(3)))
  }
  const processors = [...new Set(pairs.flat().map(({environment}) => processorOf(environment)))].sort()
  return {bounds, pairs: pairs.length, processors}
}
