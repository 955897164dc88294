import {isDeepStrictEqual} from 'node:util'
import type {Row} from '../results/row.ts'
import {buildEntries, type ReportEntry} from './entries.ts'
import {runsOfRows, setupOf} from './row-setups.ts'

/** The reference entries (of the rows that ship with svft) of recipes that were run here. */
export interface MatchedReference {
  /** The reference entry with the same setup, by name. */
  readonly matched: ReadonlyMap<string, ReportEntry>
  /** The names of entries whose reference has another setup. */
  readonly unmatched: readonly string[]
}

export function matchReference(entries: readonly ReportEntry[], rows: readonly Row[]): MatchedReference {
  const committed = new Map(buildEntries(runsOfRows(rows)).entries.map(entry => [entry.name, entry]))
  const pairs = entries.flatMap(entry => {
    const found = committed.get(entry.name)
    return found ? [{entry, found}] : []
  })
  return {
    matched: new Map(pairs.filter(hasSameSetup).map(({entry, found}) => [entry.name, found])),
    unmatched: pairs.filter(pair => !hasSameSetup(pair)).map(({entry}) => entry.name),
  }
}

interface Pair {
  readonly entry: ReportEntry
  readonly found: ReportEntry
}

/** Compares the hashes of runs with the same seed or, if there are none, the setups that the rows record. */
function hasSameSetup({entry, found}: Pair): boolean {
  const both = pairBySeed({entry, found})
  if (both.length > 0) return both.every(([own, theirs]) => own.hash === theirs.hash)
  const withData = new Set(found.rows.map(({dataRevision}) => dataRevision)).size === 1
  const [setups, theirs] = [entry, found].map(({rows}) => new Set(rows.map(row => setupOf(row, {withData}))))
  return isDeepStrictEqual(setups, theirs)
}

const pairBySeed = ({entry, found}: Pair): (readonly [Row, Row])[] =>
  entry.rows.flatMap(row => {
    const theirs = found.rows.find(({seed}) => seed === row.seed)
    return theirs ? [[row, theirs] as const] : []
  })

/** Counts the runs whose seed is in both, and those of them with the same scores to the last bit. */
export function countEqualRuns(
  entries: readonly ReportEntry[],
  {matched}: MatchedReference,
): {readonly runs: number; readonly equal: number} {
  const both = entries.flatMap(entry => {
    const found = matched.get(entry.name)
    return found ? pairBySeed({entry, found}) : []
  })
  return {runs: both.length, equal: both.filter(([own, theirs]) => hasEqualScores(own, theirs)).length}
}

/** Whether two rows have the same scores to the last bit, and the same items, parameters and steps; times may differ. */
export const hasEqualScores = (a: Row, b: Row): boolean => isDeepStrictEqual(comparedValues(a), comparedValues(b))

function comparedValues({scores, params, headParams, steps}: Row) {
  const columns = Object.entries(scores).map(([column, {score, n, metric = 'accuracy'}]) => [
    column,
    {score, n, metric},
  ])
  return {scores: Object.fromEntries(columns), params, headParams, steps}
}
