import {Fault} from '../base/fault.ts'
import {budgetOf, openTable, readGroup} from './parquet/table.ts'
import type {DataRecord} from './record.ts'

/** The rows of a parquet file, all in memory: for tables of text. */
export async function readParquet(file: string): Promise<DataRecord[]> {
  const table = await openTable(file)
  const values = table.groups.flatMap(({chunks}) => chunks.map(({values}) => values)).reduce((sum, n) => sum + n, 0)
  if (values > MOST_VALUES) throw new Fault('input', `${file}: more than ${MOST_VALUES} values; split the file`)
  const budget = budgetOf(table) // for all groups together
  const found: DataRecord[] = []
  for (const index of table.groups.keys()) {
    for (const fields of await readGroup(table, index, {budget})) {
      found.push({fields, where: `${file}: row ${found.length + 1}`})
    }
  }
  return found
}

const MOST_VALUES = 2 ** 24
