import {isDeepStrictEqual} from 'node:util'
import {Fault} from '../base/fault.ts'
import {isReadOnly} from '../base/files.ts'
import {withLock} from '../base/lock.ts'
import {readRow, writeRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import {recordedCells} from './build-row.ts'
import type {Recipe} from './file/schema.ts'
import {checkOwnRow} from './own-row.ts'
import type {RunFolder} from './run-folder.ts'

/**
 * Returns the row of a finished run with the cells of the paper that its recipe names now, and writes it if they were others:
 * `paper` is no part of a run's hash. Where nothing can be written, or somebody else holds the folder, the row stays.
 *
 * @throws Fault 'usage' if the run is of a recipe with another name that gives the same folder, 'input' if it is another run
 */
export async function updateCells(row: Row, recipe: Recipe, folder: RunFolder): Promise<Row> {
  const {path} = folder
  if (row.recipe !== recipe.name) {
    const names = `recipe ${row.recipe}, and the run of ${recipe.name} would have the same folder`
    throw new Fault('usage', `${path}: this run is of ${names}; rename one of the two`)
  }
  checkOwnRow(row, folder)
  const cells = recordedCells(recipe)
  if (isDeepStrictEqual(row.cells, cells)) return row
  const update = async () => {
    const updated = {...((await readRow(path)) ?? row), cells}
    await writeRow(path, updated)
    return updated
  }
  return withLock(path, update).catch(error => {
    if (isReadOnly(error) || (error instanceof Fault && error.kind === 'busy')) return row
    throw error
  })
}
