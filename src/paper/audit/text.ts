import {stringify} from 'csv-stringify/sync'
import {alignColumns} from '../../terminal/align-columns.ts'
import type {AuditVerdict} from './audit.ts'

/** Verdicts for a terminal: a line a cell, then how many there are of each. */
export function auditText(verdicts: readonly AuditVerdict[]): string {
  const rows = verdicts.map(({cell, printed, computed, verdict, reason}) => [
    cell,
    printed,
    computed.toLocaleString('en'),
    verdict,
    reason,
  ])
  return [...alignColumns(rows, ['left', 'right', 'right', 'left', 'left']), tally(verdicts)].join('\n')
}

export function auditCsv(verdicts: readonly AuditVerdict[]): string {
  return stringify([...verdicts], {header: true, columns: ['cell', 'printed', 'computed', 'verdict', 'reason']})
}

function tally(verdicts: readonly AuditVerdict[]): string {
  const of = (verdict: AuditVerdict['verdict']) => verdicts.filter(one => one.verdict === verdict).length
  return `${verdicts.length} cells: ${of('reproduced')} reproduced, ${of('convention')} by another convention, ${of('unexplained')} unexplained`
}
