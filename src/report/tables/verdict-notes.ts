import {pluralize} from '../../base/pluralize.ts'
import {formatPercent} from '../../results/score-text.ts'
import {holm} from '../../statistics/holm.ts'
import {ALPHA, MAX_MARGIN, MIN_SEEDS} from '../../statistics/verdict.ts'
import {distinctComparisons} from './paper-cells.ts'
import type {JudgedRow} from './paper-tables.ts'

/** What the verdicts mean, how many there are of each, and how many deviations sampling error alone would bring. */
export function verdictNotes(rows: readonly JudgedRow[]): string[] {
  const cells = rows.flatMap(({cells}) => cells)
  const tests = distinctComparisons(cells)
  const judged = tests.map(({judged}) => judged!)
  const of = (verdict: string) => tests.filter(one => one.verdict === verdict).length
  const lacking = cells.filter(({verdict}) => verdict === 'incomplete').length
  const firm = holm(judged.map(({p}) => p)).filter(p => p < ALPHA).length
  const blind = judged.filter(({degrees}) => degrees === 0).length
  return [
    `${pluralize(tests.length, 'comparison')} of our scores with printed ones (a score that several tables print counts once): ${of('reproduced')} reproduced, ${of('indistinguishable')} indistinguishable, ${of('deviates')} deviating. Of the paper’s ${cells.length} cells ${lacking} are incomplete.`,
    `deviates: the difference is significant at ${formatPercent(ALPHA, 0)} % for the cell alone. Its variance is the sampling error of the test items on both sides and the variance between seeds, of ours and of the paper’s one run, pooled over all rows of a column. reproduced: not significant, the printed score lies in our 95 % confidence interval, which is at most ± ${formatPercent(MAX_MARGIN, 0)} points wide and rests on ${MIN_SEEDS} seeds or more. indistinguishable: not significant, but not all of that holds.`,
    `Of ${pluralize(judged.length, 'comparison')}, ${(ALPHA * judged.length).toFixed(1)} are expected to deviate by sampling error alone; with Holm’s correction for all of them ${firm} ${firm === 1 ? 'deviates' : 'deviate'}.`,
    ...(blind === 0
      ? []
      : [
          `${blind} ${blind === 1 ? 'comparison rests' : 'comparisons rest'} on one seed, in a column where no row has two: there the variance between seeds is unknown and counts as 0, so that a deviation may be due to the seed.`,
        ]),
  ]
}
