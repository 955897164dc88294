import type {Random} from '../../tensor/random.ts'

/** Which items each of a method's runs got right: one list a seed, the same items everywhere. */
export type Answered = readonly Uint8Array[]

/** Work beyond which fewer samples are drawn: items × runs × samples. */
const MOST_WORK = 1.5e8
const SAMPLES = 2000
const FEWEST_SAMPLES = 200

/**
 * The bootstrap over items and seeds: each sample draws as many items as there are, the same ones for all methods, and of
 * each method's k seeds k − 1, which makes the variance of its mean s²/k, as it should be (McCarthy and Snowden 1985).
 * Answers the methods' mean scores of each sample.
 */
export function resample(methods: readonly Answered[], random: Random): Float64Array[] {
  const items = methods[0][0].length
  const runs = methods.reduce((sum, seeds) => sum + seeds.length, 0)
  const samples = Math.max(FEWEST_SAMPLES, Math.min(SAMPLES, Math.floor(MOST_WORK / (items * runs))))
  const times = new Uint16Array(items)
  return Array.from({length: samples}, () => {
    times.fill(0)
    for (let i = 0; i < items; i++) times[random.int(items)]++
    return Float64Array.from(methods, seeds => {
      const drawn = seeds.length === 1 ? [0] : Array.from({length: seeds.length - 1}, () => random.int(seeds.length))
      const sum = drawn.reduce((sum, seed) => sum + weighted(seeds[seed], times), 0)
      return sum / drawn.length / items
    })
  })
}

function weighted(right: Uint8Array, times: Uint16Array): number {
  let sum = 0
  for (let i = 0; i < right.length; i++) sum += right[i] * times[i]
  return sum
}
