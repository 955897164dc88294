import type {Random} from '../tensor/random.ts'

/**
 * What each item contributes to a run's score, whose mean over items the score is: 1 or 0 for right and wrong items of an
 * accuracy, which are a Uint8Array, else the item's `pseudoValues`.
 */
export type ItemScores = Uint8Array | Float64Array

/** The limit of items × samples × (runs + DRAWING), above which fewer samples are drawn; drawing an item costs as much as counting it in DRAWING runs. */
const MAX_WORK = 1e8
const DRAWING = 12
const SAMPLES = 2000
const MIN_SAMPLES = 200

/**
 * The bootstrap over items and seeds (Efron 1979). Each sample draws n of the n items with replacement, the same for all
 * methods, and k − 1 of each method's k seeds, which makes the variance of its mean s² / k (McCarthy and Snowden 1985).
 * Returns the methods' mean scores in each sample.
 */
export function bootstrapMeans(methods: readonly (readonly ItemScores[])[], random: Random): Float64Array[] {
  const items = methods[0][0].length
  const runs = methods.reduce((sum, seeds) => sum + seeds.length, 0)
  const samples = Math.max(MIN_SAMPLES, Math.min(SAMPLES, Math.floor(MAX_WORK / (items * (runs + DRAWING)))))
  const times = new Uint16Array(items)
  return Array.from({length: samples}, () => {
    times.fill(0)
    for (let i = 0; i < items; i++) times[random.int(items)]++
    return Float64Array.from(methods, seeds => {
      const drawn = seeds.length === 1 ? [0] : Array.from({length: seeds.length - 1}, () => random.int(seeds.length))
      const sum = drawn.reduce((sum, seed) => sum + weightedSum(seeds[seed], times), 0)
      return sum / drawn.length / items
    })
  })
}

/** Adds the items, each as many times as it was drawn. */
function weightedSum(items: ItemScores, times: Uint16Array): number {
  let sum = 0
  for (let i = 0; i < items.length; i++) sum += items[i] * times[i]
  return sum
}
