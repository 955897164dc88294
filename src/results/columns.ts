import {z} from 'zod'
import {type Row, rowSchema, scoreParts} from './row.ts'

type RowField = Exclude<keyof Row, 'scores'>

/** The fields of a row before its scores, in the file's order. */
export const LEADING: readonly RowField[] = [
  'recipe',
  'task',
  'method',
  'settings',
  'set',
  'search',
  'searchEdges',
  'params',
  'headParams',
  'cells',
]

/** The fields of a row behind its scores, in the file's order. */
export const TRAILING: readonly RowField[] = [
  ...(['seed', 'hash', 'model', 'modelRevision', 'dataRevision', 'steps'] as const),
  ...(['seconds', 'stepMs', 'tokensPerSecond', 'peakMemoryMb', 'joules'] as const),
  ...(['version', 'commit', 'dirty', 'engine', 'device', 'engineVersion', 'precision', 'gradientCosine'] as const),
  ...(['threads', 'finished'] as const),
]

/** The optional fields that have a column in every file, even if no row has a value. */
const ALWAYS: readonly RowField[] = [
  'modelRevision',
  'dataRevision',
  'stepMs',
  'tokensPerSecond',
  'peakMemoryMb',
  'commit',
  'dirty',
]

/** The fields of these rows that a file has columns for. */
export const columnsFor = (fields: readonly RowField[], rows: readonly Row[]): readonly RowField[] =>
  fields.filter(field => !isOptional(field) || ALWAYS.includes(field) || rows.some(row => row[field] !== undefined))

/** Whether a row may lack a field. */
const isOptional = (field: RowField): boolean => rowSchema.shape[field].isOptional()

/** A field's name in the header of a results file: `head_params` of `headParams`. */
export const columnName = (field: string): string => field.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** The fields by the names of their columns. */
export const FIELDS: ReadonlyMap<string, RowField> = new Map(
  [...LEADING, ...TRAILING].map(field => [columnName(field), field]),
)

/** Without one of these columns no line of a file is a row; a method and its settings may be empty. */
export const REQUIRED_COLUMNS: readonly string[] = [...FIELDS]
  .filter(([, field]) => !isOptional(field) && field !== 'method' && field !== 'settings')
  .map(([name]) => name)

type ScorePart = keyof typeof scoreParts

/** A column of a results file: a field of a row, or a part of the score of a test file. */
type ResultsColumn =
  | {readonly field: RowField; readonly schema: z.ZodType}
  | {readonly split: string; readonly part: ScorePart; readonly schema: z.ZodType}

/** The column of this name: `mrpc_score` is the score of mrpc. Undefined for a name that svft does not write. */
export function columnOf(name: string): ResultsColumn | undefined {
  const field = FIELDS.get(name)
  if (field) return {field, schema: rowSchema.shape[field]}
  const [, split, part] = /^(.+)_(score|n|metric|se)$/.exec(name) ?? []
  return split === undefined ? undefined : {split, part: part as ScorePart, schema: scoreParts[part as ScorePart]}
}

/** Describes the values of a column. */
export function expectedIn(name: string): string | undefined {
  const schema = columnOf(name)?.schema
  return (schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema)?.description
}
