import {groupBy} from '../../base/collections.ts'
import {seedsText} from '../../results/score-text.ts'
import {POWER} from '../../statistics/power.ts'
import {ALPHA} from '../../statistics/verdict.ts'
import type {PaperCell} from './paper-cells.ts'

/** With this many degrees of freedom or fewer the margin is far from that of a known variance. */
const FEW = 3

/** Notes on verdicts of few seeds: what their variance is estimated from, and what the detectable difference “finds ≥ 7.9 pp” is. */
export function verdictSeedNotes(cells: readonly PaperCell[]): string[] {
  const judged = cells.flatMap(({judged}) => (judged ? [judged] : []))
  const few = groupBy(
    judged.filter(({degrees}) => degrees <= FEW),
    ({seeds, degrees}) => `${seedsText(seeds)}: ${varianceNote(seeds, degrees)}`,
  )
  const finds = `finds ≥ x pp: the minimum detectable difference, which deviates with power ${POWER.toFixed(2)} at α = ${ALPHA}, for this number of seeds and their variance.`
  return [...few.keys(), ...(judged.some(({verdict}) => verdict !== 'deviates') ? [finds] : [])]
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
