import {stringify} from 'csv-stringify/sync'
import {formatCount} from '../../base/pluralize.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import type {AuditVerdict} from './audit.ts'

/** Verdicts for a terminal: a line for each cell, then the number of each verdict. */
export function auditText(verdicts: readonly AuditVerdict[]): string {
  const rows = verdicts.map(({cell, printed, computed, verdict, reason}) => [
    cell,
    printed,
    formatCount(computed),
    verdict,
    reason,
  ])
  const count = (verdict: AuditVerdict['verdict']) => verdicts.filter(one => one.verdict === verdict).length
  return [
    ...alignColumns(rows, ['left', 'right', 'right', 'left', 'left']),
    `${verdicts.length} cells: ${count('reproduced')} reproduced, ${count('convention')} by another convention, ${count('unexplained')} unexplained`,
  ].join('\n')
}

export function auditCsv(verdicts: readonly AuditVerdict[]): string {
  return stringify([...verdicts], {header: true, columns: ['cell', 'printed', 'computed', 'verdict', 'reason']})
}
