import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {referenceFolder} from '../../base/folders.ts'
import {suiteOf} from '../../recipes/file/suite.ts'
import {type ScannedResults, scanResults} from '../../results/read-results.ts'
import {type Row, runKey} from '../../results/row.ts'

/** Finds the reference row with the same recipe, hash and seed. */
export async function findReferenceRow(row: Row): Promise<Row | undefined> {
  const {rows} = await readSuiteReference(suiteOf(row.recipe))
  return rows.find(one => runKey(one.row) === runKey(row))?.row
}

/** Reads the reference rows, those that ship with svft, of the suites of these rows. */
export async function readReferenceRows(rows: readonly Row[]): Promise<ScannedResults> {
  const suites = [...new Set(rows.map(({recipe}) => suiteOf(recipe)))]
  const all = await Promise.all(suites.map(readSuiteReference))
  return {rows: all.flatMap(({rows}) => rows), defects: all.flatMap(({defects}) => defects)}
}

async function readSuiteReference(suite: string): Promise<ScannedResults> {
  const file = join(referenceFolder(), `${suite}.csv`)
  return existsSync(file) ? scanResults(file) : {rows: [], defects: []}
}
