import {readFile} from 'node:fs/promises'
import {parse} from 'csv-parse/sync'
import {Fault} from '../engine/fault.ts'
import {inline} from '../text/printable.ts'
import {ioFault} from '../weights/files.ts'
import {type Row, rowSchema} from './row.ts'

const FLAGS: Readonly<Record<string, boolean>> = {true: true, false: false}
const NUMBERS = /^(params|headParams|seed|steps|seconds|stepMs|tokensPerSecond|peakMemoryMb|threads)$/
const SCORE = /^(.+)_(score|n|metric)$/

/** The rows of a file that `writeResults` wrote. @throws Fault 'io', or 'input' with the line that is not a row */
export async function readResults(file: string): Promise<Row[]> {
  const [header, ...lines] = records(await textOf(file), file)
  if (!header) return []
  if (header[0] !== 'recipe') throw new Fault('input', `${file}:1: not results of svft, whose first column is recipe`)
  return lines.map((line, i) => rowOf(header, line, `${file}:${i + 2}`))
}

/** Whether a CSV file is of rows, by its first line; a folder of results may have tables of other kinds. */
export const holdsRows = async (file: string): Promise<boolean> => /^recipe,/.test(await textOf(file))

const textOf = (file: string) => readFile(file, 'utf8').catch(error => Promise.reject(ioFault(file, error)))

function records(text: string, file: string): string[][] {
  try {
    return parse(text)
  } catch (error) {
    throw new Fault('input', `${file}: not CSV: ${inline((error as Error).message, 200)}`)
  }
}

function rowOf(header: readonly string[], line: readonly string[], where: string): Row {
  const fields: Record<string, unknown> = {}
  const scores: Record<string, Record<string, unknown>> = {}
  for (const [i, value] of line.entries()) {
    if (value === '') continue
    const name = header[i]
    const [, column, part] = SCORE.exec(name) ?? []
    if (column === undefined) fields[camel(name)] = fieldOf(camel(name), value)
    else scores[column] = {...scores[column], [part]: part === 'metric' ? value : Number(value)}
  }
  const valued = Object.entries(scores).map(([column, parts]) => [column, {score: Number.NaN, ...parts}])
  const {data, error} = rowSchema.safeParse({method: '', settings: '', ...fields, scores: Object.fromEntries(valued)})
  if (data) return data
  const [{path, message}] = error.issues
  throw new Fault('input', `${where}: not a row: ${inline([path.join('.'), message].filter(Boolean).join(': '), 200)}`)
}

function fieldOf(name: string, value: string): unknown {
  if (name === 'cells') return text(value).split(' ')
  if (name === 'dirty') return FLAGS[value] ?? value
  return NUMBERS.test(name) ? Number(value) : text(value)
}

/** The apostrophe before what a spreadsheet would take for a formula is not a part of it. */
const text = (value: string) => value.replace(/^'(?=[=+\-@])/, '')

const camel = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
