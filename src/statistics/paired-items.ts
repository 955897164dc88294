import {sum} from '../base/sum.ts'
import {mean, variance} from './mean-variance.ts'

/**
 * What each item contributes to a run's score, whose mean over items the score is: 1 or 0 for right and wrong items of an
 * accuracy, which are a Uint8Array, else the item's `pseudoValues`.
 */
export type ItemScores = Uint8Array | Float64Array

/** A method's items over its seeds. */
export interface ItemMeans {
  /** Each item's score, the mean over seeds. */
  readonly means: readonly number[]
  /** What the items' noise between seeds adds to the variance of the method's mean score. */
  readonly noise: number
}

/**
 * The means of items over k seeds, and their noise MSE / (k n), where MSE is the residual mean square of the n × k scores
 * after the effects of items and seeds (two-way analysis of variance, one score a cell); 0 for one seed or item.
 */
export function itemMeans(seeds: readonly ItemScores[]): ItemMeans {
  const [k, n] = [seeds.length, seeds[0].length]
  const means = Array.from({length: n}, (_, i) => sum(seeds.map(items => items[i])) / k)
  if (k === 1 || n === 1) return {means, noise: 0}
  const middle = mean(means)
  const residuals = seeds.map(items => {
    const effect = mean([...items]) - middle
    return sum(means.map((own, i) => (items[i] - own - effect) ** 2))
  })
  return {means, noise: sum(residuals) / ((n - 1) * (k - 1)) / (k * n)}
}

/**
 * The variance that the choice of items gives to the difference of two methods' mean scores on the same items: that of the
 * items' differences, without their noise between seeds, which the variance between seeds contains already.
 */
export function pairedVariance(a: ItemMeans, b: ItemMeans): number {
  const differences = a.means.map((own, i) => own - b.means[i])
  return Math.max(0, (variance(differences) ?? 0) / differences.length - a.noise - b.noise)
}
