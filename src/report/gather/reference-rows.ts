import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {referenceFolder} from '../../base/folders.ts'
import {suiteOf} from '../../recipes/suite.ts'
import {type ScannedResults, scanResults} from '../../results/read-results.ts'
import {type Row, runOf} from '../../results/row.ts'

/** The committed row of the same run, that is of the same recipe, hash and seed; undefined where none is committed. */
export async function findReferenceRow(row: Row): Promise<Row | undefined> {
  const {rows} = await readSuiteReference(suiteOf(row.recipe))
  return rows.find(one => runOf(one.row) === runOf(row))?.row
}

/** The committed rows of the suites of these rows. */
export async function readReferenceRows(rows: readonly Row[]): Promise<ScannedResults> {
  const suites = [...new Set(rows.map(({recipe}) => suiteOf(recipe)))]
  const all = await Promise.all(suites.map(readSuiteReference))
  return {rows: all.flatMap(({rows}) => rows), defects: all.flatMap(({defects}) => defects)}
}

async function readSuiteReference(suite: string): Promise<ScannedResults> {
  const file = join(referenceFolder(), `${suite}.csv`)
  return existsSync(file) ? scanResults(file) : {rows: [], defects: []}
}
