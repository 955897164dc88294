import {isDeepStrictEqual} from 'node:util'
import {isReadOnly} from '../base/files.ts'
import {withLock} from '../base/lock.ts'
import {readRow, writeRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import type {Recipe} from './file/schema.ts'
import {recordedCells} from './rows.ts'
import type {RunFolder} from './run-folder.ts'

/**
 * Returns the row of a finished run with the cells of the paper that its recipe names now, and writes it if they were others:
 * `paper` is no part of a run's hash. Where nothing can be written, the row stays.
 */
export async function updateCells(row: Row, recipe: Recipe, {path}: Pick<RunFolder, 'path'>): Promise<Row> {
  const cells = recordedCells(recipe)
  if (isDeepStrictEqual(row.cells, cells)) return row
  const update = async () => {
    const updated = {...((await readRow(path)) ?? row), cells}
    await writeRow(path, updated)
    return updated
  }
  return withLock(path, update).catch(error => {
    if (isReadOnly(error)) return row
    throw error
  })
}
