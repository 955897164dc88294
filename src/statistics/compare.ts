import type {Random} from '../tensor/random.ts'
import {margin, pValue} from './behrens-fisher.ts'
import {bootstrapMeans, type ItemScores} from './bootstrap.ts'
import type {SeedScores} from './estimate.ts'
import {holm} from './holm.ts'
import {mean, variance} from './mean-variance.ts'
import {pooledVariance, type SeedVariance, varianceOfDifference} from './seed-variance.ts'

/** A method on one test file. */
export interface ScoredMethod {
  readonly measured: SeedScores
  /** The items' scores of each seed, if known; all methods have the same items. */
  readonly items?: readonly ItemScores[] | undefined
  /** Whether its runs trained nothing: their seeds cannot differ, and are not in the pool. */
  readonly isUntrained?: boolean
}

/** Two methods compared: the difference of their mean scores, with its p-value. */
export interface Comparison {
  /** Indices into the list of methods. */
  readonly a: number
  readonly b: number
  /** The mean score of `a` minus that of `b`; ± `error` is its 95 % confidence interval. */
  readonly difference: number
  readonly error: number
  /** Two-sided. */
  readonly p: number
  /** The p-value after Holm's correction for all pairs. */
  readonly holm: number
  readonly test: 'McNemar, one seed each' | 'bootstrap over items and seeds' | 'unpaired'
}

/**
 * Compares every two methods of a suite on one test file. Pairs whose items are known are tested on the same items: by
 * McNemar’s exact test if each has one seed and is scored by accuracy, which ignores the variance between seeds, else with
 * the variance of the bootstrap over items and seeds. Other pairs are tested with the variances of both means, which has
 * less power, or not at all if the sampling error of one is unknown. Two or three seeds estimate their variance poorly, so it
 * is pooled over all trained methods but outliers.
 */
export function comparePairs(methods: readonly ScoredMethod[], random: Random): Comparison[] {
  const known = methods.flatMap(({items}) => (items ? [items] : []))
  const samples = known.every(hasOneAccuracy) ? [] : bootstrapMeans(known, random)
  const columns = methods.map((_, i) => methods.slice(0, i).filter(({items}) => items).length)
  const trained = methods.filter(({isUntrained}) => !isUntrained)
  const pooled = pooledVariance(trained.map(({measured}) => measured.scores))
  const pairs = methods.flatMap((first, a) =>
    methods.slice(a + 1).flatMap((second, i) => {
      const b = a + 1 + i
      const drawn = samples.map(means => means[columns[a]] - means[columns[b]])
      const compared = comparePair(first, second, {drawn, pooled})
      return compared ? [{a, b, ...compared}] : []
    }),
  )
  const adjusted = holm(pairs.map(({p}) => p))
  return pairs.map((pair, i) => ({...pair, holm: adjusted[i]}))
}

/** The family-wise level at which a pair is significantly different, after Holm's correction. */
export const PAIR_ALPHA = 0.05

function comparePair(
  a: ScoredMethod,
  b: ScoredMethod,
  {drawn, pooled}: {readonly drawn: readonly number[]; readonly pooled: SeedVariance},
): Omit<Comparison, 'a' | 'b' | 'holm'> | undefined {
  const difference = mean(a.measured.scores) - mean(b.measured.scores)
  if (a.items && b.items && hasOneAccuracy(a.items) && hasOneAccuracy(b.items)) {
    const [[first], [second]] = [a.items, b.items]
    const [onlyA, onlyB] = [countOnlyFirst(first, second), countOnlyFirst(second, first)]
    const total = (onlyA + onlyB - (onlyA - onlyB) ** 2 / first.length) / first.length ** 2
    return {difference, error: 1.96 * Math.sqrt(total), p: mcnemar(onlyA, onlyB), test: 'McNemar, one seed each'}
  }
  const isPaired = a.items !== undefined && b.items !== undefined
  const own = ownVariance(a) + ownVariance(b)
  const items = isPaired ? Math.max(0, (variance(drawn) ?? 0) - own) : unpairedVariance(a.measured, b.measured)
  if (items === undefined) return undefined
  const variances = {items, ...varianceOfDifference(a.measured.scores, b.measured.scores, {pooled})}
  return {
    difference,
    error: margin(0.05, variances),
    p: pValue(difference, variances),
    test: isPaired ? 'bootstrap over items and seeds' : 'unpaired',
  }
}

const unpairedVariance = (a: SeedScores, b: SeedScores): number | undefined =>
  a.itemVariance === undefined || b.itemVariance === undefined ? undefined : a.itemVariance + b.itemVariance

/** s² / k, which the bootstrap over seeds adds to the variance of the items. */
const ownVariance = ({measured: {scores}}: ScoredMethod): number => (variance(scores) ?? 0) / scores.length

const hasOneAccuracy = (seeds: readonly ItemScores[]): seeds is readonly [Uint8Array] =>
  seeds.length === 1 && seeds[0] instanceof Uint8Array

/** The number of items that the first run got right and the second wrong. */
const countOnlyFirst = (first: Uint8Array, second: Uint8Array): number =>
  first.reduce((sum, right, i) => sum + (right & (1 - second[i])), 0)

/**
 * The two-sided p-value of McNemar's exact test (McNemar 1947): of two runs on the same items, A alone is right on `onlyA`
 * and B alone on `onlyB`. Under the null hypothesis onlyA is binomial, with n = onlyA + onlyB and probability 1/2.
 */
export function mcnemar(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB
  const smaller = Math.min(onlyA, onlyB)
  if (2 * smaller >= n - 1) return 1
  let logChoose = 0
  let tail = 0
  for (let i = 0; i <= smaller; i++) {
    tail += Math.exp(logChoose - n * Math.LN2)
    logChoose += Math.log((n - i) / (i + 1))
  }
  return Math.min(1, 2 * tail)
}
