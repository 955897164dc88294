import {isObject} from '../../base/json.ts'
import {escapeText} from '../../base/printable.ts'
import type {ReportContent} from '../report.ts'
import {sixDigits} from './six-digits.ts'

/** The report as JSON, with control characters escaped. */
export const reportJson = (report: ReportContent): string =>
  `${escapeText(JSON.stringify(reportData(report), undefined, 2))}\n`

/** The report as plain data: scores are 0 to 1. */
export function reportData({
  sections: _,
  entries,
  rows,
  memory,
  ...content
}: ReportContent): Readonly<Record<string, unknown>> {
  const {version, title, facts, ...results} = content
  const own = entries.map(({rows: _, ...entry}) => entry)
  return plainFields({version, title, facts, paper: rows, memory, entries: own, ...results})
}

const plainFields = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, plain(value)]))

function plain(value: unknown): unknown {
  if (typeof value === 'number') return sixDigits(value)
  if (value instanceof Map) return plainFields(Object.fromEntries(value))
  if (Array.isArray(value)) return value.map(plain)
  return isObject(value) ? plainFields(value) : value
}
