import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {readResults} from '../report/read-results.ts'
import {type Row, runOf} from '../report/row.ts'
import {referenceFolder} from './places.ts'
import {suiteOf} from './rows.ts'

/** The committed row of the same run, that is of the same recipe, hash and seed; undefined where none is committed. */
export async function referenceRow(row: Row): Promise<Row | undefined> {
  return (await committedRows(suiteOf(row.recipe))).find(one => runOf(one) === runOf(row))
}

/** The committed rows of the suites of these rows. */
export async function referenceBeside(rows: readonly Row[]): Promise<Row[]> {
  const suites = [...new Set(rows.map(({recipe}) => suiteOf(recipe)))]
  return (await Promise.all(suites.map(committedRows))).flat()
}

async function committedRows(suite: string): Promise<Row[]> {
  const file = join(referenceFolder(), `${suite}.csv`)
  return existsSync(file) ? readResults(file) : []
}
