import {stringify} from 'csv-stringify/sync'
import type {PaperAudit} from './audit.ts'

const COLUMNS = ['version', 'check', 'cell', 'column', 'printed', 'computed', 'verdict', 'items', 'chance', 'reason']

/** The findings of audits as CSV: a line for each printed number. */
export const auditCsv = (audits: readonly PaperAudit[]): string =>
  stringify(audits.flatMap(lines), {header: true, columns: COLUMNS})

const lines = ({version, params, scores, means, claims}: PaperAudit): object[] => [
  ...params.map(one => ({version, check: 'params', column: 'params', ...one})),
  ...scores.map(one => ({version, check: 'score', ...one, chance: one.chance.toFixed(4)})),
  ...means.map(one => ({version, check: 'mean', ...one})),
  ...claims.map(({claim, where, text, of, ...one}) => ({
    version,
    check: 'claim',
    cell: claim,
    column: of,
    ...one,
    reason: `${where}: ${text}`,
  })),
]
