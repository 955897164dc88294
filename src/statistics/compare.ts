import {type ErrorVariance, margin, pValue} from './behrens-fisher.ts'
import type {SeedScores} from './estimate.ts'
import {holm} from './holm.ts'
import {mean} from './mean-variance.ts'
import {type ItemMeans, type ItemScores, itemMeans, itemNoise, noiseOfMean, pairedVariance} from './paired-items.ts'
import {
  type EstimatedVariance,
  pooledVariance,
  type SeedVariance,
  varianceOfDifference,
  varianceOfMean,
} from './seed-variance.ts'

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
  /** The two methods, by their indices in the list. */
  readonly a: number
  readonly b: number
  /** The mean score of `a` minus that of `b`; ± `error` is its 95 % confidence interval. */
  readonly difference: number
  readonly error: number
  /** Two-sided. */
  readonly p: number
  /** The p-value after Holm's correction for all pairs. */
  readonly holm: number
  readonly test: 'McNemar, one seed each' | 'McNemar, seeds with equal answers' | 'paired by items' | 'unpaired'
}

/**
 * Compares every two methods of a suite on one test file. If the items of both are known, the test is paired by items:
 * McNemar's exact test if both are scored by accuracy, the seeds of each answer alike, and no method has variance between
 * seeds; otherwise one with the variances of the items' differences and of the seeds. Other pairs, and those whose items all
 * differ by the same, are tested with the variances of both means, which has less power, or not at all if the sampling error
 * of one is unknown. Two or three seeds estimate their variance poorly, so it is pooled over all trained methods but outliers.
 */
export function comparePairs(methods: readonly ScoredMethod[]): Comparison[] {
  const trained = methods.filter(({isUntrained}) => !isUntrained)
  const pooled = pooledVariance(trained.map(({measured}) => measured.scores))
  const items = averageItems(methods)
  const pairs = methods.flatMap((first, a) =>
    methods.slice(a + 1).flatMap((second, i) => {
      const b = a + 1 + i
      const compared = comparePair(first, second, {paired: pairItems(items[a], items[b]), pooled})
      return compared ? [{a, b, ...compared}] : []
    }),
  )
  const adjusted = holm(pairs.map(({p}) => p))
  return pairs.map((pair, i) => ({...pair, holm: adjusted[i]}))
}

/** The family-wise level at which a pair is significantly different, after Holm's correction. */
export const PAIR_ALPHA = 0.05

/** Variances up to this are those of rounding. */
const ROUNDING = 1e-20

/** Fewer items are compared by McNemar's exact test or not at all. */
const LEAST_ITEMS = 3

/** A method's items, with what their noise between seeds adds to the variance of its mean score. */
interface AveragedItems extends ItemMeans {
  readonly noise: number
}

/** Averages the items of each method over its seeds; undefined for one whose items are unknown. */
function averageItems(methods: readonly ScoredMethod[]): readonly (AveragedItems | undefined)[] {
  const averaged = methods.map(({items, isUntrained}) => items && {means: itemMeans(items), isUntrained})
  const pooled = itemNoise(averaged.flatMap(one => (one && !one.isUntrained ? [one.means] : [])))
  return averaged.map(one => one && {...one.means, noise: one.isUntrained ? 0 : noiseOfMean(one.means, pooled)})
}

/** The variance of the difference of two mean scores over the items. */
interface PairedVariance {
  readonly total: number
  /** The part of it that is noise of items between seeds. */
  readonly noise: number
  readonly degrees: number
}

const pairItems = (a: AveragedItems | undefined, b: AveragedItems | undefined): PairedVariance | undefined =>
  a && b && {total: pairedVariance(a, b), noise: a.noise + b.noise, degrees: a.means.length - 1}

interface Variances {
  /** Undefined without items of both methods. */
  readonly paired: PairedVariance | undefined
  readonly pooled: SeedVariance
}

function comparePair(
  a: ScoredMethod,
  b: ScoredMethod,
  {paired, pooled}: Variances,
): Omit<Comparison, 'a' | 'b' | 'holm'> | undefined {
  const difference = mean(a.measured.scores) - mean(b.measured.scores)
  const seeds = seedVariance(a, b, pooled)
  const isPaired = paired !== undefined && (paired.total > ROUNDING || difference === 0)
  const items = isPaired ? paired.total : unpairedVariance(a.measured, b.measured)
  if (items === undefined) return undefined
  if (a.items && b.items && haveOneAnswer(a.items) && haveOneAnswer(b.items) && seeds.seeds === 0) {
    const [[first], [second]] = [a.items, b.items]
    const [onlyA, onlyB] = [countOnlyFirst(first, second), countOnlyFirst(second, first)]
    const isSingle = a.items.length === 1 && b.items.length === 1
    const test = isSingle ? 'McNemar, one seed each' : 'McNemar, seeds with equal answers'
    const error = 1.96 * Math.sqrt(Math.max(items, flipVariance(onlyA, onlyB, first.length)))
    return {difference, error, p: mcnemar(onlyA, onlyB), test}
  }
  if (paired !== undefined && paired.degrees < LEAST_ITEMS - 1) return undefined
  const variances = isPaired ? pairedVariances(paired, seeds) : {items, ...seeds}
  return {
    difference,
    error: margin(0.05, variances),
    p: pValue(difference, variances),
    test: isPaired ? 'paired by items' : 'unpaired',
  }
}

/** The parts of the variance of a paired difference. Without a variance between seeds, that of the items is the estimated one. */
function pairedVariances({total, noise, degrees}: PairedVariance, seeds: EstimatedVariance): ErrorVariance {
  if (seeds.seeds === 0) return {items: 0, seeds: total, degrees}
  // the variance between seeds contains the noise of items, which is to count once
  return {items: Math.max(0, total - Math.min(noise, seeds.seeds)), ...seeds}
}

/** The variance between seeds of the difference; a method that trains nothing has none. */
function seedVariance(a: ScoredMethod, b: ScoredMethod, pooled: SeedVariance): EstimatedVariance {
  const trained = [a, b].filter(({isUntrained}) => !isUntrained).map(({measured}) => measured.scores)
  if (trained.length === 2) return varianceOfDifference(trained[0], trained[1], {pooled})
  return trained.length === 1 ? varianceOfMean(trained[0], pooled) : {seeds: 0, degrees: 0}
}

const unpairedVariance = (a: SeedScores, b: SeedScores): number | undefined =>
  a.itemVariance === undefined || b.itemVariance === undefined ? undefined : a.itemVariance + b.itemVariance

/** Whether items are right or wrong, and the same ones for every seed. */
const haveOneAnswer = (seeds: readonly ItemScores[]): seeds is readonly [Uint8Array, ...Uint8Array[]] =>
  seeds[0] instanceof Uint8Array && seeds.every(items => items.every((right, i) => right === seeds[0][i]))

/** The number of items that the first run got right and the second wrong. */
const countOnlyFirst = (first: Uint8Array, second: Uint8Array): number =>
  first.reduce((sum, right, i) => sum + (right & (1 - second[i])), 0)

/**
 * The variance of the difference of two accuracies on the same n items, with half an item added to each of the four outcomes
 * (Agresti and Min 2005), so that it is not 0 for equal answers: the next items may be answered differently.
 */
function flipVariance(onlyA: number, onlyB: number, n: number): number {
  return (onlyA + onlyB + 1 - (onlyA - onlyB) ** 2 / (n + 2)) / (n + 2) ** 2
}

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
