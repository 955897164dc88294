import {sum} from '../base/collections.ts'
import {mean, variance} from './mean-variance.ts'

/**
 * What each item contributes to a run's score, whose mean over items the score is: 1 or 0 for right and wrong items of an
 * accuracy, which are a Uint8Array, else the item's `pseudoValues`.
 */
export type ItemScores = Uint8Array | Float64Array

/** A method's items over its seeds. */
export interface ItemMeans {
  readonly seeds: number
  /** Each item's score, the mean over seeds. */
  readonly means: readonly number[]
  /**
   * What is left of the scores' squares after the effects of items and seeds (two-way analysis of variance, one score a
   * cell), and its degrees of freedom; 0 for one seed.
   */
  readonly residual: {readonly squares: number; readonly degrees: number}
}

/** Averages a method's items over its k seeds of n items each. */
export function itemMeans(seeds: readonly ItemScores[]): ItemMeans {
  const [k, n] = [seeds.length, seeds[0].length]
  const means = Array.from({length: n}, (_, i) => sum(seeds.map(items => items[i])) / k)
  const middle = mean(means)
  const squares = seeds.map(items => {
    const effect = mean([...items]) - middle
    return sum(means.map((own, i) => (items[i] - own - effect) ** 2))
  })
  return {seeds: k, means, residual: {squares: sum(squares), degrees: (n - 1) * (k - 1)}}
}

/** The variance MSE of an item's score between seeds, pooled over methods; 0 if none has two seeds. */
export function itemNoise(methods: readonly ItemMeans[]): number {
  const degrees = sum(methods.map(({residual}) => residual.degrees))
  return degrees === 0 ? 0 : sum(methods.map(({residual}) => residual.squares)) / degrees
}

/** What the noise of items adds to the variance of a method's mean score, MSE / (k n); with one seed, MSE is the pooled one. */
export function noiseOfMean(method: ItemMeans, pooled: number): number {
  const noise = method.residual.degrees > 0 ? itemNoise([method]) : pooled
  return noise / (method.seeds * method.means.length)
}

/** The variance of the difference of two methods' mean scores on the same n items, s²(dᵢ) / n of the items' differences. */
export function pairedVariance(a: ItemMeans, b: ItemMeans): number {
  const differences = a.means.map((own, i) => own - b.means[i])
  return (variance(differences) ?? 0) / differences.length
}
