import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {readResults} from '../report/read-results.ts'
import {type Row, runOf} from '../report/row.ts'
import {referenceFolder} from './places.ts'
import {suiteOf} from './rows.ts'

/** The committed row of the same run, that is of the same recipe, hash and seed; undefined where none is committed. */
export async function referenceRow(row: Row): Promise<Row | undefined> {
  const file = join(referenceFolder(), `${suiteOf(row.recipe)}.csv`)
  if (!existsSync(file)) return undefined
  return (await readResults(file)).find(one => runOf(one) === runOf(row))
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
