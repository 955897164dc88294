import {pluralize} from '../base/pluralize.ts'
import {escapeLine} from '../base/printable.ts'
import {changedFiles, changedValues} from '../recipes/earlier/describe-change.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import type {Row} from '../results/row.ts'
import {changedFields} from './row-setups.ts'

/** A finished run: its row and, if it is at hand, its recipe. */
export interface RecordedRun {
  readonly row: Row
  readonly recipe?: Recipe
}

/** How setups differ from that of the last run: `: train.lr was 0.01, is 0.02`; empty if nothing that is recorded differs. */
export function changesText(runs: readonly RecordedRun[], last: RecordedRun): string {
  const changes = [...new Set(runs.flatMap(run => changesOf(run, last)))]
  const more = changes.length > MOST ? `, and ${pluralize(changes.length - MOST, 'other change')}` : ''
  return changes.length === 0 ? '' : `: ${changes.slice(0, MOST).join(', ')}${more}`
}

const MOST = 5

/** The values that differ by both recipes or, without these, by both rows; if there are none, the files that do. */
function changesOf(before: RecordedRun, after: RecordedRun): string[] {
  const values =
    before.recipe && after.recipe ? changedValues(before.recipe, after.recipe) : changedFields(before.row, after.row)
  if (values.length > 0) return values.map(change => escapeLine(change, 120))
  const {modelRevision: model, dataRevision: data} = after.row
  const isDrawn = after.recipe?.data.perClass !== undefined // by the seed, so that the data of two seeds always differ
  return changedFiles(before.row, {model, data: isDrawn ? before.row.dataRevision : data})
}
