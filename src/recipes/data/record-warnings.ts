import {listSome, someAre} from '../../base/pluralize.ts'
import {escapeLine, quote} from '../../base/printable.ts'
import {readRecords} from '../../data/read-records.ts'
import {UNQUOTED} from '../../data/record.ts'
import {isQuoted} from '../../data/tsv.ts'
import {unknownSplitNames} from '../../tasks/custom/split-records.ts'
import {isCustomTask} from '../../tasks/index.ts'
import type {Recipe} from '../file/schema.ts'
import {splitFile, splitKeys, usedSplits} from '../file/splits.ts'

/** Warnings about records of one's own data that are probably not read as they were meant. */
export const recordWarnings = async (recipe: Recipe): Promise<readonly string[]> => [
  ...(await splitNameWarnings(recipe)),
  ...(await quotedFieldWarnings(recipe)),
]

/** Warns of .tsv files with fields in quotes, as pandas and spreadsheets write them: the quotes are read as text. */
async function quotedFieldWarnings(recipe: Recipe): Promise<readonly string[]> {
  if (!isCustomTask(recipe.task)) return []
  const warnings: string[] = []
  for (const split of usedSplits(recipe)) {
    const file = splitFile(recipe, split)
    if (!file.endsWith('.tsv')) continue
    const records = await readRecords(file)
    const quoted = records.filter(({fields}) => Object.values(fields).some(field => isQuoted(String(field))))
    if (quoted.length === 0) continue
    const found = someAre(quoted.length, records.length, 'record')
    const where = `the first in ${quoted[0].where}`
    warnings.push(
      `${splitKeys(recipe.data, split).join('.')}: ${found} read with quotes around a field, ${where}; ${UNQUOTED}`,
    )
  }
  return [...new Set(warnings)]
}

/** Warns of the records to which a column of splits gives another name than those of splits, so that no split has them. */
async function splitNameWarnings({data}: Pick<Recipe, 'data'>): Promise<readonly string[]> {
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
