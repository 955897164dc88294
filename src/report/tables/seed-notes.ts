import {groupBy} from '../../base/group-by.ts'
import {seedsText} from '../../results/score-text.ts'
import {POWER} from '../../statistics/power.ts'
import {ALPHA} from '../../statistics/verdict.ts'
import type {PaperCell} from './paper-cells.ts'

/** With up to this many degrees of freedom the margin is far from that of a known variance. */
const FEW = 3

/** Notes on verdicts of few seeds: what their variance is estimated from, and what “finds ≥ 7.9 pp” means. */
export function seedNotes(cells: readonly PaperCell[]): string[] {
  const judged = cells.flatMap(({judged}) => (judged ? [judged] : []))
  const few = groupBy(
    judged.filter(({degrees}) => degrees <= FEW),
    ({seeds, degrees}) => `${seedsText(seeds)}: ${knownFrom(seeds, degrees)}`,
  )
  const finds = `finds ≥ x pp: the smallest true difference that deviates with power ${POWER.toFixed(2)} at α = ${ALPHA}, with this many seeds that vary as these do.`
  return [...few.keys(), ...(judged.some(({verdict}) => verdict !== 'deviates') ? [finds] : [])]
}

function knownFrom(seeds: number, degrees: number): string {
  if (degrees === 0)
    return 'the variance between seeds is unknown and counts as 0, so that smaller differences deviate than with two or three seeds, some of them falsely.'
  const values =
    degrees === seeds - 1
      ? `from ${seeds} values`
      : `from few values, pooled over the rows (${degrees} ${degrees === 1 ? 'degree' : 'degrees'} of freedom)`
  return `the variance between seeds is estimated ${values}, which widens the margin; more seeds narrow it.`
}
