import {Fault} from '../base/fault.ts'
import type {Row} from '../results/row.ts'
import {type RunFolder, runName} from './run-folder.ts'

/**
 * Checks that a row is of the run whose folder it is in, as that of a folder which was copied or renamed is not.
 *
 * @throws Fault 'input'
 */
export function checkOwnRow({recipe, hash, seed}: Row, {name, path}: Pick<RunFolder, 'name' | 'path'>): void {
  const own = runName({name: recipe, seed}, hash)
  if (own === name) return
  throw new Fault('input', `${path}: its row is of another run, ${own}, as in a copied or renamed folder; move it away`)
}
