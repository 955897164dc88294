import {processorOf, type RunFacts} from './facts.ts'
import type {ReferenceCell} from './reference.ts'

/** Two runs of one seed in different surroundings. */
export type Pair = readonly [RunFacts, RunFacts]

/** A difference counts so many times: a few pairs do not show the largest. */
const MARGIN = 10
/** Nor is any bound below so many units in the last place of a loss in float32. */
const LEAST = 16 * 2 ** -23

/**
 * How far losses of one seed may lie apart for no reason but the order of sums: at each kept step the largest difference
 * of all pairs up to there, as differences grow with the steps, times 10. Undefined without pairs.
 */
export function measureEnvelope(pairs: readonly Pair[], steps: readonly number[]): ReferenceCell['envelope'] {
  if (pairs.length === 0) return undefined
  const [longest] = steps.slice(-1)
  const bounds: number[] = []
  let largest = 0
  for (let step = 1; step <= longest; step++) {
    for (const [a, b] of pairs) {
      const [here, there] = [a.trained!.losses[step - 1], b.trained!.losses[step - 1]]
      largest = Math.max(largest, MARGIN * Math.abs(here - there), LEAST * Math.abs(here))
    }
    if (steps.includes(step)) bounds.push(Number(largest.toPrecision(3)))
  }
  const processors = [...new Set(pairs.flat().map(({surroundings}) => processorOf(surroundings)))].sort()
  return {bounds, pairs: pairs.length, processors}
}
