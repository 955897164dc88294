import {counted} from '../../text/counted.ts'
import {holm} from '../statistics/holm.ts'
import {ALPHA, FEWEST, WIDEST} from '../statistics/verdict.ts'
import {percent} from './numbers.ts'
import {distinctTests} from './paper-cells.ts'
import type {JudgedRow} from './paper-tables.ts'

/** What the verdicts mean, how many there are of each, and how many deviations luck alone would bring. */
export function verdictNotes(rows: readonly JudgedRow[]): string[] {
  const cells = rows.flatMap(({cells}) => cells)
  const tests = distinctTests(cells)
  const judged = tests.map(({judged}) => judged!)
  const of = (verdict: string) => tests.filter(one => one.verdict === verdict).length
  const lacking = cells.filter(({verdict}) => verdict === 'incomplete').length
  const firm = holm(judged.map(({p}) => p)).filter(p => p < ALPHA).length
  const blind = judged.filter(({degrees}) => degrees === 0).length
  return [
    `${counted(tests.length, 'comparison')} of a score of ours with a printed one, which counts once where several tables print it: ${of('reproduced')} reproduced, ${of('indistinguishable')} indistinguishable, ${of('deviates')} deviating. Of the paper’s ${cells.length} cells ${lacking} are incomplete.`,
    `deviates: at ${percent(ALPHA, 0)} % a cell the luck of items (binomial, both sides) and of seeds (ours, and the paper’s one run, as the seeds of all rows of a column tell it) does not explain the difference. reproduced: it does, the printed number lies in our 95 % interval, and that is at most ± ${percent(WIDEST, 0)} points wide and of ${FEWEST} seeds or more. indistinguishable: it does, but not all of that holds.`,
    `Among ${judged.length} comparisons luck alone would bring ${(ALPHA * judged.length).toFixed(1)} deviations; ${firm} remain when all count together (Holm).`,
    ...(blind === 0
      ? []
      : [
          `${blind} ${blind === 1 ? 'comparison rests' : 'comparisons rest'} on one seed, in a column where no row has two: there the luck of seeds is not known and counts as none, so that a deviation may be luck.`,
        ]),
  ]
}
