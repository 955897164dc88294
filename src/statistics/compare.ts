import type {Random} from '../tensor/random.ts'
import {margin, pooledVariance, pValue, type SeedVariance} from './behrens-fisher.ts'
import {bootstrapMeans, type CorrectItems} from './bootstrap.ts'
import type {SeedScores} from './estimate.ts'
import {holm} from './holm.ts'
import {mcnemar} from './mcnemar.ts'
import {mean, variance} from './mean-variance.ts'

/** A method on one test file. */
export interface ScoredMethod {
  readonly measured: SeedScores
  /** The items that each seed got right, if known; all methods have the same items. */
  readonly correct?: CorrectItems
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
 * Compares every two methods of a suite on one test file. Pairs whose right items are known are tested on the same items:
 * by McNemar's exact test if each has one seed, which ignores the variance between seeds, else with the variance of the
 * bootstrap over items and seeds. Other pairs are tested with the variances of both means, which has less power. Two or
 * three seeds estimate their variance poorly, so it is pooled over all methods: a method whose seeds vary less than that
 * counts with the pooled variance and its degrees of freedom.
 */
export function comparePairs(methods: readonly ScoredMethod[], random: Random): Comparison[] {
  const known = methods.flatMap(({correct}) => (correct ? [correct] : []))
  const samples = known.some(seeds => seeds.length > 1) ? bootstrapMeans(known, random) : []
  const columns = methods.map((_, i) => methods.slice(0, i).filter(({correct}) => correct).length)
  const pooled = pooledVariance(methods.map(({measured}) => measured.scores))
  const pairs = methods.flatMap((first, a) =>
    methods.slice(a + 1).map((second, i) => {
      const b = a + 1 + i
      const drawn = samples.map(means => means[columns[a]] - means[columns[b]])
      return {a, b, ...comparePair(first, second, {drawn, pooled})}
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
): Omit<Comparison, 'a' | 'b' | 'holm'> {
  const difference = mean(a.measured.scores) - mean(b.measured.scores)
  if (a.correct?.length === 1 && b.correct?.length === 1) {
    const [[first], [second]] = [a.correct, b.correct]
    const [onlyA, onlyB] = [countOnlyFirst(first, second), countOnlyFirst(second, first)]
    const total = (onlyA + onlyB - (onlyA - onlyB) ** 2 / first.length) / first.length ** 2
    return {difference, error: 1.96 * Math.sqrt(total), p: mcnemar(onlyA, onlyB), test: 'McNemar, one seed each'}
  }
  const isPaired = a.correct !== undefined && b.correct !== undefined
  const own = varianceOfMean(a) + varianceOfMean(b)
  const items = isPaired ? Math.max(0, (variance(drawn) ?? 0) - own) : a.measured.itemVariance + b.measured.itemVariance
  const variances = {items, seeds: varianceOfMean(a, pooled) + varianceOfMean(b, pooled), degrees: pooled.degrees}
  return {
    difference,
    error: margin(0.05, variances),
    p: pValue(difference, variances),
    test: isPaired ? 'bootstrap over items and seeds' : 'unpaired',
  }
}

/** The variance between seeds of a mean of k of them: s² / k, or the pooled variance / k if that is larger. */
const varianceOfMean = ({measured: {scores}}: ScoredMethod, pooled?: SeedVariance): number =>
  Math.max(variance(scores) ?? 0, pooled?.variance ?? 0) / scores.length

/** The number of items that the first run got right and the second wrong. */
const countOnlyFirst = (first: Uint8Array, second: Uint8Array): number =>
  first.reduce((sum, right, i) => sum + (right & (1 - second[i])), 0)
