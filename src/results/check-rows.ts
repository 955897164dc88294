import {groupBy} from '../base/collections.ts'
import {escapeLine} from '../base/printable.ts'
import {fitShare} from '../paper/score-granularity.ts'
import {columnName} from './columns.ts'
import {nameOf, type Row, runKey} from './row.ts'

/** A row and its source: `results/glue-mini.csv:5`, or the path of a run's `row.json`. */
export interface LocatedRow {
  readonly row: Row
  readonly position: string
}

/**
 * Finds rows that look edited by hand or mixed up: one run with two different scores, one seed with two runs, seeds of one
 * recipe that differ in what they must share, and accuracies that no whole number of examples gives. Rows of an older
 * recipe whose results were collected into the same file are found as well, as they are not to be averaged with newer ones.
 */
export function checkRows(rows: readonly LocatedRow[]): string[] {
  const seeds = new Map<string, LocatedRow>()
  const recipes = new Map<string, LocatedRow>()
  const found = rows.flatMap(located => {
    const {row} = located
    const name = nameOf(row)
    const sameSeed = firstAt(seeds, JSON.stringify([name, row.seed]), located)
    const sameRecipe = firstAt(recipes, name, located)
    const found = impossibleScores(row)
    if (sameSeed && sameSeed.row.hash !== row.hash)
      found.push(`seed ${row.seed} has another run, with hash ${sameSeed.row.hash}, at ${sameSeed.position}`)
    if (sameRecipe) found.push(...differences(sameRecipe, located))
    return found.map(message => messageAt(located, message))
  })
  return [...contradictoryRows(rows), ...found]
}

/** Finds rows of one run with different scores. */
export function contradictoryRows(rows: readonly LocatedRow[]): string[] {
  return [...groupBy(rows, ({row}) => runKey(row)).values()].flatMap(([first, ...others]) =>
    others
      .filter(({row}) => scoresText(row) !== scoresText(first.row))
      .map(other => {
        const message = `the run of seed ${other.row.seed} has other scores at ${first.position}; the one that finished last counts`
        return messageAt(other, message)
      }),
  )
}

const messageAt = ({row, position}: LocatedRow, message: string): string =>
  `${position}: ${escapeLine(nameOf(row), 100)}: ${message}`

/** The row that was stored under a key before; this one is stored if there is none. */
function firstAt(known: Map<string, LocatedRow>, key: string, row: LocatedRow): LocatedRow | undefined {
  const first = known.get(key)
  if (!first) known.set(key, row)
  return first
}

const scoresText = ({scores}: Row) =>
  JSON.stringify(
    Object.entries(scores)
      .map(([split, {score, n}]) => [split, score, n])
      .sort(),
  )

/** Scores in rows have all their digits; half of this unit, 10⁻⁶, is the tolerance. */
const UNITS = 500_000

/** Finds accuracies that no whole number of examples gives. */
export const impossibleScores = ({scores}: Row): string[] =>
  Object.entries(scores).flatMap(([split, {score, n, metric = 'accuracy'}]) => {
    if (metric !== 'accuracy' || !Number.isFinite(score)) return []
    if (fitShare({value: score * UNITS, whole: UNITS}, n).shortening === 'rounded') return []
    const nearest = [Math.floor, Math.ceil].map(round => Math.min(Math.max(round(score * n), 0), n) / n)
    const texts = [...new Set(nearest)].join(', ')
    return [`${escapeLine(split, 60)}_score ${score} is no whole number of ${n} examples; nearest: ${texts}`]
  })

/** The fields that all seeds of a recipe share. */
const SHARED = ['method', 'settings', 'params', 'headParams', 'model', 'modelRevision', 'steps', 'precision'] as const

function differences({row: first, position}: LocatedRow, {row}: LocatedRow): string[] {
  const own = SHARED.filter(field => row[field] !== first[field]).map(
    field => [columnName(field), row[field], first[field]] as const,
  )
  const scored = Object.entries(row.scores)
    .filter(([split]) => Object.hasOwn(first.scores, split))
    .flatMap(([split, {n, metric = 'accuracy'}]) => {
      const {n: firstN, metric: firstMetric = 'accuracy'} = first.scores[split]
      const facts = [
        [`${split}_n`, n, firstN],
        [`${split}_metric`, metric, firstMetric],
      ] as const
      return facts.filter(([, here, there]) => here !== there)
    })
  return [...own, ...scored].map(
    ([name, here, there]) =>
      `${escapeLine(name, 60)} is ${text(here)}, but ${text(there)} at ${position}; seeds of one recipe share it`,
  )
}

const text = (value: string | number | undefined) => (value === undefined ? 'empty' : escapeLine(String(value), 60))
