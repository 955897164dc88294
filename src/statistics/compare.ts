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
  /** A list for each score, where the runs' answers are known and of the same items for all contenders. */
  readonly correct?: CorrectItems
}

/** How two methods stand to each other. */
export interface Comparison {
  /** Places in the list of contenders. */
  readonly a: number
  readonly b: number
  /** The mean of a less that of b, and half of its 95 % interval. */
  readonly difference: number
  readonly error: number
  readonly p: number
  /** p as it counts among all pairs. */
  readonly holm: number
  readonly test: 'McNemar, one seed each' | 'bootstrap over items and seeds' | 'unpaired'
}

/**
 * Compares every two methods of a suite on one test file. Where answers are known, on the same items: by McNemar's exact
 * test where each has one seed, which ignores the variance between seeds, else with the variance that the bootstrap over items and
 * seeds finds. Where they are not, with the variances of both means, which finds less. Two or three seeds
 * estimate their variance poorly, so the seeds of all methods are pooled: a method whose seeds vary less than that counts
 * with the common variance, and the degrees of freedom are those of all.
 */
export function comparePairs(contenders: readonly ScoredMethod[], random: Random): Comparison[] {
  const known = contenders.flatMap(({correct}) => (correct ? [correct] : []))
  const samples = known.some(seeds => seeds.length > 1) ? bootstrapMeans(known, random) : []
  const places = contenders.map((_, i) => contenders.slice(0, i).filter(({correct}) => correct).length)
  const common = pooledVariance(contenders.map(({measured}) => measured.scores))
  const pairs = contenders.flatMap((a, i) =>
    contenders.slice(i + 1).map((b, j) => {
      const other = i + 1 + j
      const drawn = samples.map(means => means[places[i]] - means[places[other]])
      return {a: i, b: other, ...comparePair(a, b, {drawn, common})}
    }),
  )
  const adjusted = holm(pairs.map(({p}) => p))
  return pairs.map((pair, i) => ({...pair, holm: adjusted[i]}))
}

/** Below this, of all pairs together, one method beats the other. */
export const PAIR_ALPHA = 0.05

function comparePair(
  a: ScoredMethod,
  b: ScoredMethod,
  {drawn, common}: {readonly drawn: readonly number[]; readonly common: SeedVariance},
): Omit<Comparison, 'a' | 'b' | 'holm'> {
  const difference = mean(a.measured.scores) - mean(b.measured.scores)
  if (a.correct?.length === 1 && b.correct?.length === 1) {
    const [first, second] = [a.correct[0], b.correct[0]]
    const [onlyA, onlyB] = [countRightOnly(first, second), countRightOnly(second, first)]
    const total = (onlyA + onlyB - (onlyA - onlyB) ** 2 / first.length) / first.length ** 2
    return {difference, error: 1.96 * Math.sqrt(total), p: mcnemar(onlyA, onlyB), test: 'McNemar, one seed each'}
  }
  const isPaired = a.correct !== undefined && b.correct !== undefined
  const own = seedVariance(a) + seedVariance(b)
  const items = isPaired ? Math.max(0, variance(drawn)! - own) : a.measured.itemVariance + b.measured.itemVariance
  const variances = {items, seeds: seedVariance(a, common) + seedVariance(b, common), degrees: common.degrees}
  return {
    difference,
    error: margin(0.05, variances),
    p: pValue(difference, variances),
    test: isPaired ? 'bootstrap over items and seeds' : 'unpaired',
  }
}

/** What seeds add to the variance of a mean: as this method's own tell, or the common ones where those vary more. */
const seedVariance = ({measured: {scores}}: ScoredMethod, common?: SeedVariance): number =>
  Math.max(variance(scores) ?? 0, common?.variance ?? 0) / scores.length

/** Items that the first got right and the second wrong. */
function countRightOnly(right: Uint8Array, wrong: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < right.length; i++) sum += right[i] & (1 - wrong[i])
  return sum
}
