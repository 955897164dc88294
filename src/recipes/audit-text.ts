import {stringify} from 'csv-stringify/sync'
import {aligned} from '../text/aligned.ts'
import type {Verdict} from './audit.ts'

/** Verdicts for a terminal: a line a cell, then how many there are of each. */
export function auditText(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({cell, printed, computed, verdict, reason}) => [
    cell,
    printed,
    computed.toLocaleString('en'),
    verdict,
    reason,
  ])
  return [...aligned(rows, ['left', 'right', 'right', 'left', 'left']), tally(verdicts)].join('\n')
}

export function auditCsv(verdicts: readonly Verdict[]): string {
  return stringify([...verdicts], {header: true, columns: ['cell', 'printed', 'computed', 'verdict', 'reason']})
}

function tally(verdicts: readonly Verdict[]): string {
  const of = (verdict: Verdict['verdict']) => verdicts.filter(one => one.verdict === verdict).length
  return `${verdicts.length} cells: ${of('reproduced')} reproduced, ${of('convention')} by another convention, ${of('unexplained')} unexplained`
}
