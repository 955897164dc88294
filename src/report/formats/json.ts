import {escapeText} from '../../base/printable.ts'
import type {ReportContent} from '../report.ts'

/** The report as JSON: scores are 0 to 1, fractions have six significant digits. */
export function reportJson({sections: _, entries, rows, memory, ...content}: ReportContent): string {
  const {version, title, facts, ...results} = content
  const plain = (_key: string, value: unknown) =>
    value instanceof Map
      ? Object.fromEntries(value)
      : typeof value === 'number' && !Number.isInteger(value)
        ? Number(value.toPrecision(6))
        : value
  const own = entries.map(({rows: _, ...entry}) => entry)
  return `${escapeText(JSON.stringify({version, title, facts, paper: rows, memory, entries: own, ...results}, plain, 2))}\n`
}
