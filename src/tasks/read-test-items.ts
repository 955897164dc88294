import {readRecords, UNCUT} from '../data/read-records.ts'
import type {DataRecord} from '../data/record.ts'
import type {ReadOptions, TestItem} from './task.ts'

interface TestFile<Answer> extends ReadOptions {
  /** The forms of records that the task reads, for errors. */
  readonly forms: string
  readonly itemOf: (found: DataRecord) => TestItem<Answer>
}

/** Reads the test items of a data file; their prompts must not be truncated. */
export async function readTestItems<Answer>(
  file: string,
  {forms, itemOf, first}: TestFile<Answer>,
): Promise<readonly TestItem<Answer>[]> {
  return (await readRecords(file, {...UNCUT, forms, first})).map(itemOf)
}
