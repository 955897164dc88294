import {type RecordOptions, readRecords} from '../../data/read-records.ts'
import type {DataRecord} from '../../data/record.ts'
import type {ReadOptions} from '../task.ts'
import {type RecordSplitOptions, splitRecords} from './split-records.ts'

type PartOptions = ReadOptions & Pick<RecordOptions, 'most'> & Pick<RecordSplitOptions, 'classOf'>

/**
 * The records of a file, or of its part; `read` reads the file. The first record alone is that of the file where the part is a
 * share, which is drawn from all records; a column that names the parts is read whole.
 */
export async function readPart(
  file: string,
  {part, first, classOf, ...options}: PartOptions = {},
  read = readRecords,
): Promise<readonly DataRecord[]> {
  if (!part || (first && !('column' in part.cut))) return read(file, {...options, first})
  const all = await read(file, options)
  const records = all.length === 0 ? all : splitRecords(all, {...part, file, classOf})
  return first ? records.slice(0, 1) : records
}
