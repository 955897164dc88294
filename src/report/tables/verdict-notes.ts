import {compact, groupBy} from '../../base/collections.ts'
import {pluralize} from '../../base/pluralize.ts'
import {formatPercent, seedsText} from '../../results/score-text.ts'
import {holm} from '../../statistics/holm.ts'
import {POWER} from '../../statistics/power.ts'
import {ALPHA, MAX_MARGIN, MIN_SEEDS} from '../../statistics/verdict.ts'
import {countVerdicts, distinctComparisons, type PaperCell} from './paper-cells.ts'

/** The number of each verdict, what the verdicts mean, and how many deviations sampling error alone would cause at most. */
export function verdictNotes(cells: readonly PaperCell[]): string[] {
  const {reproduced, indistinguishable, deviates, incomplete} = countVerdicts(cells)
  const judged = distinctComparisons(cells).map(({judged}) => judged)
  const significant = holm(judged.map(({p}) => p)).filter(p => p < ALPHA).length
  const unknown = judged.filter(({degrees}) => degrees === 0).length
  return compact([
    `${pluralize(judged.length, 'comparison')} of our scores with the paper’s (a score that several tables print counts once): ${reproduced} reproduced, ${indistinguishable} indistinguishable, ${deviates} deviating. ${incomplete} of the paper’s ${cells.length} cells are incomplete.`,
    `deviates: the difference is significant at the ${formatPercent(ALPHA, 0)} % level for this cell alone (two-sided, Behrens–Fisher). Its variance is the sampling error of the test items on both sides plus the variance between seeds, for our mean and for the paper’s score, which is taken for that of one run, pooled over all rows of the column. reproduced: not significant, and the printed score lies in our 95 % confidence interval, which is at most ± ${formatPercent(MAX_MARGIN, 0)} points wide and rests on ${MIN_SEEDS} seeds or more; no difference was found, but differences up to x of “finds ≥ x pp” are not excluded. indistinguishable: neither.`,
    `Of ${pluralize(judged.length, 'comparison')}, at most ${(ALPHA * judged.length).toFixed(1)} are expected to deviate by sampling error alone; with Holm’s correction for all of them ${significant} ${significant === 1 ? 'deviates' : 'deviate'}.`,
    unknown > 0 &&
      `${unknown} ${unknown === 1 ? 'comparison rests' : 'comparisons rest'} on one seed, in a column where no row has two: the variance between seeds is unknown there and counts as 0, so that a deviation may be due to the seed.`,
  ])
}

/** The degrees of freedom up to which the margin is far from that of a known variance. */
const FEW = 3

/** Notes on verdicts of few seeds: what their variance is estimated from, and what the detectable difference “finds ≥ 7.9 pp” is. */
export function verdictSeedNotes(cells: readonly PaperCell[]): string[] {
  const judged = compact(cells.map(({judged}) => judged))
  const few = groupBy(
    judged.filter(({degrees}) => degrees <= FEW),
    ({seeds, degrees}) => `${seedsText(seeds)}: ${varianceNote(seeds, degrees)}`,
  )
  const finds = `finds ≥ x pp: the minimum detectable difference, which deviates with power ${POWER.toFixed(2)} at α = ${ALPHA}, for this number of seeds and their variance.`
  return compact([...few.keys(), judged.some(({verdict}) => verdict !== 'deviates') && finds])
}

function varianceNote(seeds: number, degrees: number): string {
  if (degrees === 0)
    return 'the variance between seeds is unknown and counts as 0, so that smaller differences deviate than with two or three seeds, some of them falsely.'
  const values =
    degrees === seeds - 1
      ? `from ${seeds} values`
      : `from few values, pooled over the rows (${degrees} ${degrees === 1 ? 'degree' : 'degrees'} of freedom)`
  return `the variance between seeds is estimated ${values}, which widens the margin; more seeds narrow it.`
}
