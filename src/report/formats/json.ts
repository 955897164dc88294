import {escapeText} from '../../base/printable.ts'
import type {ReportContent} from '../report.ts'

/** The report as JSON: scores are 0 to 1, fractions have six significant digits. */
export function reportJson({
  version,
  title,
  facts,
  entries,
  rows,
  memory,
  comparisons,
  summary,
  warnings,
}: ReportContent): string {
  const plain = (_key: string, value: unknown) =>
    value instanceof Map
      ? Object.fromEntries(value)
      : typeof value === 'number' && !Number.isInteger(value)
        ? Number(value.toPrecision(6))
        : value
  const own = entries.map(({rows: _, ...entry}) => entry)
  return `${escapeText(JSON.stringify({version, title, facts, paper: rows, memory, entries: own, comparisons, summary, warnings}, plain, 2))}\n`
}
