import {Fault} from '../base/fault.ts'
import {parseCsv} from './csv.ts'
import {parseJsonLines} from './json-lines.ts'
import type {DataRecord} from './record.ts'
import {parseTsv, type TsvOptions} from './tsv.ts'

export interface FirstRecordOptions extends TsvOptions {
  readonly file: string
}

/** Parses the first record of a file whose text begins with `start`; undefined if it does not end there. */
export function parseFirst(start: string, {file, ...tsv}: FirstRecordOptions): DataRecord | undefined {
  if (file.endsWith('.csv')) return firstOfCsv(start, file)
  if (file.endsWith('.tsv')) {
    const lines = start.split('\n', tsv.columns ? 1 : 2).join('\n')
    return parseTsv(lines, file, tsv)[0]
  }
  if (start.trimStart().startsWith('[')) {
    const entry = firstObject(start)
    return entry === undefined ? undefined : parseJsonLines(`[${entry}]`, file)[0]
  }
  const [lines] = /^\s*\S[^\n]*/.exec(start) ?? ['']
  return parseJsonLines(lines, file)[0]
}

/** A quote that is still open where `start` ends may be closed behind it, so that no fault is reported here. */
function firstOfCsv(start: string, file: string): DataRecord | undefined {
  try {
    return parseCsv(start, file, {rows: 2})[0]
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

/** The first object of a JSON array, as text. */
function firstObject(text: string): string | undefined {
  const start = text.indexOf('{')
  let depth = 0
  for (const {0: token, index} of text.slice(start < 0 ? text.length : start).matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token === '{') depth++
    if (token === '}' && --depth === 0) return text.slice(start, start + index + 1)
  }
  return undefined
}
