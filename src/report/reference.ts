import {isDeepStrictEqual} from 'node:util'
import type {Row} from '../results/row.ts'
import {buildEntries, type ReportEntry} from './entries.ts'
import {rowSetups, setupOf} from './row-setups.ts'

/** What is committed of the recipes that were run here. */
export interface MatchedReference {
  /** By the name of an entry, the committed one of the same setup. */
  readonly matched: ReadonlyMap<string, ReportEntry>
  /** Names of the entries whose recipe has committed rows of another setup. */
  readonly unmatched: readonly string[]
}

export function matchReference(entries: readonly ReportEntry[], rows: readonly Row[]): MatchedReference {
  const setups = rowSetups(rows)
  const committed = new Map(
    buildEntries(rows.map((row, i) => ({row, setup: setups[i]}))).entries.map(entry => [entry.name, entry]),
  )
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

/** The hash tells it of a seed that both have; of other seeds rows tell what they can. */
function hasSameSetup({entry, found}: Pair): boolean {
  const both = pairBySeed({entry, found})
  if (both.length > 0) return both.every(([own, theirs]) => own.hash === theirs.hash)
  const [setups, theirs] = [entry, found].map(({rows}) => new Set(rows.map(row => setupOf(row, hasOneData(found)))))
  return isDeepStrictEqual(setups, theirs)
}

const hasOneData = ({rows}: ReportEntry) => new Set(rows.map(({dataRevision}) => dataRevision)).size === 1

const pairBySeed = ({entry, found}: Pair): (readonly [Row, Row])[] =>
  entry.rows.flatMap(row => {
    const theirs = found.rows.find(({seed}) => seed === row.seed)
    return theirs ? [[row, theirs] as const] : []
  })

/** Of how many runs the committed one with the same seed has the same scores, to the last bit. */
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

/** Whether two rows report the same numbers to the last bit: scores, items, parameters and steps, but no times. */
export const hasEqualScores = (a: Row, b: Row): boolean => isDeepStrictEqual(comparedValues(a), comparedValues(b))

function comparedValues({scores, params, headParams, steps}: Row) {
  const columns = Object.entries(scores).map(([column, {score, n, metric = 'accuracy'}]) => [
    column,
    {score, n, metric},
  ])
  return {scores: Object.fromEntries(columns), params, headParams, steps}
}
