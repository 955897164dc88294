import {margin} from './behrens-fisher.ts'
import {mean, variance} from './mean-variance.ts'

/** What runs that differ in nothing but their seed scored, all on the same items. */
export interface SeedScores {
  /** 0 to 1, or −1 to 1 for correlations. */
  readonly scores: readonly number[]
  /** How much one score would vary with other items of the same kind: a variance. */
  readonly itemVariance: number
  /** Items, where the score is a share of them: a single score then has Wilson's interval. */
  readonly n?: number
}

export interface Estimate {
  readonly mean: number
  /** Over seeds; undefined for one. */
  readonly sd?: number
  readonly seeds: number
  /** 95 %: of one seed by its items alone, of several by their seeds and items. */
  readonly low: number
  readonly high: number
}

/**
 * The mean with its 95 % interval. Of one seed: Wilson's, which covers the sampling error of items alone (or ± 1.96 standard errors
 * where the score is no share of items). Of several: the margin of both parts, the variance of items and s²/k with
 * k − 1 degrees of freedom. Answers of one model to the same items vary in both parts, so this is rather wide.
 */
export function estimate({scores, itemVariance, n}: SeedScores): Estimate {
  const middle = mean(scores)
  const s2 = variance(scores)
  if (s2 === undefined) {
    const [low, high] = n === undefined ? interval(middle, 1.96 * Math.sqrt(itemVariance), -1) : wilson(middle, n)
    return {mean: middle, seeds: 1, low, high}
  }
  const k = scores.length
  const half = margin(0.05, {items: itemVariance, seeds: s2 / k, degrees: k - 1})
  const [low, high] = interval(middle, half, n === undefined ? -1 : 0)
  return {mean: middle, sd: Math.sqrt(s2), seeds: k, low, high}
}

const interval = (middle: number, half: number, least: number): readonly [number, number] => [
  Math.max(middle - half, least),
  Math.min(middle + half, 1),
]

/** Wilson 1927: the shares that a share of n items is not surprising for. */
function wilson(share: number, n: number): readonly [number, number] {
  const z2 = 1.96 ** 2
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n)
  const half = Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n)) * (1.96 / (1 + z2 / n))
  return [Math.max(middle - half, 0), Math.min(middle + half, 1)]
}
