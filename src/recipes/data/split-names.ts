import {listSome, someAre} from '../../base/pluralize.ts'
import {escapeLine, quote} from '../../base/printable.ts'
import {readRecords} from '../../data/read-records.ts'
import {unknownSplitNames} from '../../tasks/custom/split-records.ts'
import type {Recipe} from '../file/schema.ts'

/** Warns of the records to which a column of splits gives another name than those of splits, so that no split has them. */
export async function splitNameWarnings({data}: Pick<Recipe, 'data'>): Promise<readonly string[]> {
  const {split, train, test} = data
  if (!split || !('column' in split)) return []
  const {column} = split
  const records = await readRecords(train)
  const unknown = unknownSplitNames(records, {column, own: Object.keys(test)})
  if (unknown.length === 0) return []
  const names = listSome(
    [...new Set(unknown)].map(name => quote(name, 40)),
    12,
  )
  const left = someAre(unknown.length, records.length, 'record')
  return [
    `data.split: ${left} in no split: column "${escapeLine(column, 60)}" has ${names}; known: train, validation, test`,
  ]
}
