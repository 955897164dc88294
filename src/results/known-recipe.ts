import {grouped} from '../base/group.ts'
import type {CsvCell, CsvLine, CsvTable} from './csv-table.ts'

/** What is known of a recipe whose rows are looked at. */
export interface KnownRecipe {
  readonly method: string
  readonly params: number
  readonly headParams: number
  /** As rows tell them. */
  readonly settings: string
  /** Undefined where its data do not tell. */
  readonly steps: number | undefined
  /** The test files that it scores. */
  readonly columns: readonly string[]
  /** Each seed draws its own data. */
  readonly drawsData: boolean
  /** What a run's hash must be. */
  hash(seed: number, model: string, data: string): string
}

/** What is known besides a file's text. */
export interface RecipeContext {
  /** Recipes that can be read here. */
  readonly known: ReadonlyMap<string, KnownRecipe>
  /** Names of all recipes that are here. */
  readonly names: readonly string[]
  /** The file's name, without `.csv`. */
  readonly file: string
  /** The name of the file in which a recipe's rows stand. */
  readonly suiteOf: (recipe: string) => string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** A results file with its columns told apart. */
export interface Results extends CsvTable, RecipeContext {
  /** Test files that have a score column, or a column of items. */
  readonly scored: readonly string[]
}

export type ValueKind = 'text' | 'count' | 'amount' | 'flag' | 'score'

export interface Field {
  readonly kind: ValueKind
  /** `always`: no row without it. `column`: the column must be there, values need not. */
  readonly needed: 'always' | 'column' | 'never'
}

const field = (kind: ValueKind, needed: Field['needed'] = 'always'): Field => ({kind, needed})

/** The columns that svft writes, but those of the test files. */
export const FIELDS: Readonly<Record<string, Field>> = {
  recipe: field('text'),
  method: field('text'),
  settings: field('text', 'column'),
  set: field('text', 'never'),
  params: field('count'),
  head_params: field('count', 'never'),
  cells: field('text', 'never'),
  seed: field('count'),
  hash: field('text'),
  model: field('text'),
  model_revision: field('text', 'column'),
  data_revision: field('text', 'column'),
  steps: field('count'),
  seconds: field('amount'),
  step_ms: field('amount', 'column'),
  tokens_per_second: field('amount', 'column'),
  peak_memory_mb: field('amount', 'column'),
  version: field('text'),
  commit: field('text', 'column'),
  dirty: field('flag', 'column'),
  engine: field('text'),
  threads: field('count'),
  finished: field('text'),
}

const PARTS: Readonly<Record<string, Field>> = {
  score: field('score', 'never'),
  n: field('count', 'never'),
  metric: field('text', 'never'),
  low: field('score', 'never'),
  high: field('score', 'never'),
}

const PART = /^(.+)_(score|n|metric|low|high)$/

/** A test file's column: `mrpc_score` is the score of mrpc. Undefined for all others. */
function partOf(name: string): {readonly scored: string; readonly part: string} | undefined {
  if (Object.hasOwn(FIELDS, name)) return undefined
  const [, scored, part] = PART.exec(name) ?? []
  return scored === undefined ? undefined : {scored, part}
}

export function fieldOf(name: string): Field | undefined {
  const part = partOf(name)
  if (part) return PARTS[part.part]
  return Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined
}

export function openResults(table: CsvTable, around: RecipeContext): Results {
  const parts = table.header.cells.flatMap(({text}) => partOf(text)?.scored ?? [])
  return {...table, ...around, scored: [...new Set(parts)]}
}

/** The value of a column in a line, the first where columns are doubled; undefined where there is none, or it is empty. */
export function at(results: CsvTable, line: CsvLine, name: string): CsvCell | undefined {
  const place = results.header.cells.findIndex(({text}) => text === name)
  const cell = line.cells[place]
  return cell === undefined || cell.text === '' ? undefined : cell
}

/** The first line of each recipe. */
export function firsts(results: Results): CsvLine[] {
  return [...grouped(named(results), line => at(results, line, 'recipe')!.text).values()].map(([first]) => first)
}

/** The lines that name a recipe. */
export const named = (results: Results): CsvLine[] => results.lines.filter(line => at(results, line, 'recipe'))

/** What is known of the recipe of a line; nothing of one with overrides, which is another one. */
export const knownOf = (results: Results, line: CsvLine): KnownRecipe | undefined =>
  at(results, line, 'set') ? undefined : results.known.get(at(results, line, 'recipe')?.text ?? '')

/** The recipe of a line with its overrides, as one text: what its seeds share. */
export const nameAt = (results: CsvTable, line: CsvLine): string =>
  ['recipe', 'set'].flatMap(name => at(results, line, name)?.text ?? []).join(' ')

/** A finite number that is written in a column; undefined where none is. */
export function numberAt(results: CsvTable, line: CsvLine, name: string): number | undefined {
  const cell = at(results, line, name)
  return cell && isNumber(cell.text) ? Number(cell.text) : undefined
}

/** As JavaScript and svft write numbers. */
export const isNumber = (text: string): boolean =>
  /^-?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text) && Number.isFinite(Number(text))

/** The metric of a score: accuracy where none is told. */
export const metricAt = (results: Results, line: CsvLine, scored: string): string =>
  at(results, line, `${scored}_metric`)?.text ?? 'accuracy'
