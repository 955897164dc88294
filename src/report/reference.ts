import {isDeepStrictEqual} from 'node:util'
import type {Row} from '../results/row.ts'
import {entriesOf, type ReportEntry} from './entries.ts'
import {rowSetups, setupOf} from './row-setups.ts'

/** What is committed of the recipes that were run here. */
export interface CommittedRows {
  /** By the name of an entry, the committed one of the same setup. */
  readonly beside: ReadonlyMap<string, ReportEntry>
  /** Names of the entries whose recipe has committed rows of another setup. */
  readonly others: readonly string[]
}

export function referenceOf(entries: readonly ReportEntry[], rows: readonly Row[]): CommittedRows {
  const setups = rowSetups(rows)
  const committed = new Map(
    entriesOf(rows.map((row, i) => ({row, setup: setups[i]}))).entries.map(entry => [entry.name, entry]),
  )
  const pairs = entries.flatMap(entry => {
    const found = committed.get(entry.name)
    return found ? [{entry, found}] : []
  })
  return {
    beside: new Map(pairs.filter(isAlike).map(({entry, found}) => [entry.name, found])),
    others: pairs.filter(pair => !isAlike(pair)).map(({entry}) => entry.name),
  }
}

interface Pair {
  readonly entry: ReportEntry
  readonly found: ReportEntry
}

/** The hash tells it of a seed that both have; of other seeds rows tell what they can. */
function isAlike({entry, found}: Pair): boolean {
  const both = sameSeeds({entry, found})
  if (both.length > 0) return both.every(([own, theirs]) => own.hash === theirs.hash)
  const [setups, theirs] = [entry, found].map(({rows}) => new Set(rows.map(row => setupOf(row, hasOneData(found)))))
  return isDeepStrictEqual(setups, theirs)
}

const hasOneData = ({rows}: ReportEntry) => new Set(rows.map(({dataRevision}) => dataRevision)).size === 1

const sameSeeds = ({entry, found}: Pair): (readonly [Row, Row])[] =>
  entry.rows.flatMap(row => {
    const theirs = found.rows.find(({seed}) => seed === row.seed)
    return theirs ? [[row, theirs] as const] : []
  })

/** Of how many runs the committed one with the same seed has the same scores, to the last bit. */
export function equalRuns(
  entries: readonly ReportEntry[],
  {beside}: CommittedRows,
): {readonly runs: number; readonly equal: number} {
  const both = entries.flatMap(entry => {
    const found = beside.get(entry.name)
    return found ? sameSeeds({entry, found}) : []
  })
  return {runs: both.length, equal: both.filter(([own, theirs]) => sameNumbers(own, theirs)).length}
}

/** Whether two rows report the same numbers to the last bit: scores, items, parameters and steps, but no times. */
export const sameNumbers = (a: Row, b: Row): boolean => isDeepStrictEqual(numbersOf(a), numbersOf(b))

function numbersOf({scores, params, headParams, steps}: Row) {
  const columns = Object.entries(scores).map(([column, {score, n, metric = 'accuracy'}]) => [
    column,
    {score, n, metric},
  ])
  return {scores: Object.fromEntries(columns), params, headParams, steps}
}
