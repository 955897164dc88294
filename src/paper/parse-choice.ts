import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {nearest, suggestion} from '../base/text/nearest.ts'
import type {PaperVersion} from './rows.ts'
import {DEFAULT_VERSION, PAPER_VERSIONS, tableNames, VERSION_NAMES} from './versions.ts'

/**
 * Parses a version given to a command, if one is given.
 *
 * @throws Fault 'usage' for any other name
 */
export function parseVersion(text: string | undefined): PaperVersion | undefined {
  if (text === undefined) return undefined
  const known = VERSION_NAMES.find(name => name === text)
  if (known) return known
  const advice = suggestion(nearest(text, VERSION_NAMES), VERSION_NAMES)
  throw new Fault('usage', `unknown version of the paper: ${escapeLine(text, 60)}; ${advice}`)
}

/** The version, and the table of it, that a command is about. */
export interface PaperChoice {
  readonly version: PaperVersion
  readonly table: number | undefined
}

/**
 * Parses a version and a table given to a command: table `4` is that of the version, `t4` of arXiv v1, `n4` of NeurIPS 2024.
 *
 * @throws Fault 'usage' if there is no such version or table, or if the table is not of the version
 */
export function parseChoice(given: {readonly version?: string; readonly table?: string}): PaperChoice {
  const version = parseVersion(given.version)
  const {table} = given
  if (table === undefined) return {version: version ?? DEFAULT_VERSION, table: undefined}
  const letter = /^([tn]?)\d+$/i.exec(table)?.[1].toLowerCase() ?? ''
  const named = versionOfLetter(letter)
  if (named && version && named !== version)
    throw new Fault('usage', `${table} is a table of ${named}, not of ${version}; give only one of them`)
  const chosen = named ?? version ?? DEFAULT_VERSION
  const known = tableNames(chosen, letter)
  if (known.includes(table)) return {version: chosen, table: Number(table.slice(letter.length))}
  const advice = suggestion(nearestTable(table, [...known, ...SHORT_NAMES]), known)
  const hint = letter ? '' : '; t4 is a table of arXiv v1, n4 one of NeurIPS 2024'
  const subject = `${PAPER_VERSIONS[chosen].title} has no result table ${escapeLine(table, 60)}`
  throw new Fault('usage', `${subject}; ${advice}${hint}`)
}

/** The version whose tables and cells begin with a letter. */
export const versionOfLetter = (letter: string): PaperVersion | undefined =>
  VERSION_NAMES.find(name => PAPER_VERSIONS[name].letter === letter)

/** The tables of both versions by their short names: `t1`, `n14`. */
export const SHORT_NAMES: readonly string[] = VERSION_NAMES.flatMap(name =>
  tableNames(name, PAPER_VERSIONS[name].letter),
)

/**
 * The table or figure that a mistyped word probably means: the same name in another case; else one of the same kind and number
 * (`figure1` for f1, `n11` for t11); else the nearest spelling. `n8` never suggests t8, since whoever types n means the published
 * version.
 */
export function nearestTable(word: string, known: readonly string[]): string | undefined {
  const [table] = word.toLowerCase().split('.')
  const number = /\d+$/.exec(table)?.[0]
  const isFigure = (name: string) => name.startsWith('f')
  const numbered = known.find(
    name => number !== undefined && /\d+$/.exec(name)?.[0] === number && isFigure(name) === isFigure(table),
  )
  const other = number === undefined ? known : known.filter(({length}) => length !== table.length) // not just another number
  return known.find(name => name === table) ?? (table === `n${number}` ? undefined : numbered) ?? nearest(table, other)
}
