import type {Row} from './row.ts'

/** The type of the values in a column of a results file. */
export type ValueKind = 'text' | 'count' | 'amount' | 'flag' | 'score'

/** The fields of a row before its scores, in the file's order. */
export const LEADING = {
  recipe: 'text',
  method: 'text',
  settings: 'text',
  set: 'text',
  params: 'count',
  headParams: 'count',
  cells: 'text',
} as const satisfies Partial<Record<keyof Row, ValueKind>>

/** The fields of a row behind its scores, in the file's order. */
export const TRAILING = {
  seed: 'count',
  hash: 'text',
  model: 'text',
  modelRevision: 'text',
  dataRevision: 'text',
  steps: 'count',
  seconds: 'amount',
  stepMs: 'amount',
  tokensPerSecond: 'amount',
  peakMemoryMb: 'amount',
  version: 'text',
  commit: 'text',
  dirty: 'flag',
  engine: 'text',
  threads: 'count',
  finished: 'text',
} as const satisfies Partial<Record<keyof Row, ValueKind>>

/** Without one of these columns no line of a file is a row. */
export const REQUIRED_COLUMNS: readonly string[] = [
  ...['recipe', 'params', 'seed', 'hash', 'model', 'steps'],
  ...['seconds', 'version', 'engine', 'threads', 'finished'],
]

const FIELDS: Readonly<Record<string, ValueKind>> = {...LEADING, ...TRAILING}

const SCORE_PARTS: Readonly<Record<string, ValueKind>> = {
  score: 'score',
  n: 'count',
  metric: 'text',
  low: 'score',
  high: 'score',
}

/** A column of a results file: a field of a row, or a part of the score of a test file. */
export type ResultsColumn = {readonly kind: ValueKind} & (
  | {readonly field: string}
  | {readonly split: string; readonly part: string}
)

/** The column of this name: `mrpc_score` is the score of mrpc. Undefined for a name that svft does not write. */
export function columnOf(name: string): ResultsColumn | undefined {
  const field = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  if (Object.hasOwn(FIELDS, field) && columnName(field) === name) return {kind: FIELDS[field], field}
  const [, split, part] = /^(.+)_(score|n|metric|low|high)$/.exec(name) ?? []
  return split === undefined ? undefined : {kind: SCORE_PARTS[part], split, part}
}

/** A field's name in the header of a results file: `head_params` of `headParams`. */
export const columnName = (field: string): string => field.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
