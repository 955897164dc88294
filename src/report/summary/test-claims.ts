import {groupBy, sum} from '../../base/collections.ts'
import {type ErrorVariance, margin, pValue} from '../../statistics/behrens-fisher.ts'
import {PAIR_ALPHA} from '../../statistics/compare.ts'
import {holm} from '../../statistics/holm.ts'
import {mean} from '../../statistics/mean-variance.ts'
import type {ReportEntry} from '../entries.ts'
import {isTunedSuite, untunedSuite} from '../suites.ts'
import {withoutOverrides} from '../tables/measurements.ts'
import {CLAIMS, type ComparisonClaim, excessOf} from './claims.ts'
import {type ComparedSides, compareSides, type SuiteDifference} from './compare-sides.ts'

/** A claim with its test; a claim without a suite that has both sides is not tested. */
export interface TestedClaim {
  readonly claim: ComparisonClaim
  readonly verdict: 'supported' | 'not supported' | 'suites disagree' | 'not tested'
  readonly suites: readonly SuiteDifference[]
  readonly test?: ClaimTest
}

export interface ClaimTest {
  /** The mean over suites. */
  readonly difference: number
  readonly low: number
  readonly high: number
  /** The two-sided p-value of the hypothesis that the claim holds with equality. */
  readonly p: number
  /** The p-value after Holm's correction for all tested claims. */
  readonly holm: number
  /** Whether the opposite of the claim is significant, and no suite shows the claim. */
  readonly isOpposite: boolean
  /** The runs of both sides in all suites. */
  readonly runs: number
}

/**
 * Tests every claim. Its statistic is the mean difference over suites, each the mean over its test files; the variance is
 * the sampling error of the items of both sides plus the variance between seeds, pooled over the methods of a suite, as for
 * unpaired methods in the tables of pairwise differences. So the test is about the mean over these suites, not about other
 * tasks, and where one of them shows the contrary of a significant mean, suites disagree, by Bonferroni's correction for the
 * claim's suites. Holm's correction is for all claims that have a test. A suite and its tuned recipes have the same test items
 * and count once, with the tuned ones if both sides are tuned.
 */
export function testClaims(entries: readonly ReportEntry[]): TestedClaim[] {
  const suites = [...groupBy(entries, ({suite}) => untunedSuite(suite)).values()].map(all => {
    const [tuned, untuned] = [true, false].map(side => all.filter(({suite}) => isTunedSuite(suite) === side))
    return [tuned, untuned].filter(({length}) => length > 0).map(withoutOverrides)
  })
  const found = CLAIMS.map(claim => ({
    claim,
    parts: suites.flatMap(sources => sources.flatMap(suite => compareSides(claim, suite)).slice(0, 1)),
  }))
  const tests = found.map(({claim, parts}) => (parts.length === 0 ? undefined : combine(claim, parts)))
  const adjusted = holm(tests.flatMap(test => (test ? [test.p] : [])))
  return found.map(({claim, parts}, i) => {
    const test = tests[i]
    if (!test) return {claim, verdict: 'not tested', suites: []}
    const {excess, ...rest} = test
    const corrected = adjusted.shift() ?? 1
    const suites = parts.map(({shown}) => shown)
    const side = corrected < PAIR_ALPHA ? (excess > 0 ? 'for' : 'against') : undefined
    const isContrary = ({shown: {difference, shows}, variances}: ComparedSides) =>
      shows !== side && pValue(excessOf(claim.relation, difference), variances) < PAIR_ALPHA / parts.length
    const disagree = side !== undefined && parts.some(isContrary)
    return {
      claim,
      verdict: disagree ? 'suites disagree' : side === 'for' ? 'supported' : 'not supported',
      suites,
      test: {...rest, holm: corrected, isOpposite: side === 'against' && !disagree},
    }
  })
}

function combine(
  {relation}: ComparisonClaim,
  parts: readonly ComparedSides[],
): Omit<ClaimTest, 'holm' | 'isOpposite'> & {
  readonly excess: number
} {
  const difference = mean(parts.map(({shown}) => shown.difference))
  const variances = varianceOfMean(parts.map(({variances}) => variances))
  const half = margin(0.05, variances)
  const excess = excessOf(relation, difference)
  const runs = sum(parts.map(({shown: {side, other}}) => side.seeds + other.seeds))
  return {difference, low: difference - half, high: difference + half, p: pValue(excess, variances), runs, excess}
}

/** The variance of a mean of independent differences; its degrees of freedom are Welch and Satterthwaite's. */
function varianceOfMean(all: readonly ErrorVariance[]): ErrorVariance {
  const seeds = sum(all.map(({seeds}) => seeds))
  const estimated = all.filter(({seeds}) => seeds > 0)
  return {
    items: sum(all.map(({items}) => items)) / all.length ** 2,
    seeds: seeds / all.length ** 2,
    degrees: seeds === 0 ? 0 : seeds ** 2 / sum(estimated.map(({seeds, degrees}) => seeds ** 2 / degrees)),
  }
}
