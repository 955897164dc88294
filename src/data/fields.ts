import {parseObject} from '../base/json.ts'
import {readText, SMALL_FILE} from '../base/read-file.ts'
import type {Fields} from './record.ts'

/** The fields of a JSON file; none if there is no such file. */
export const readFields = async (file: string): Promise<Fields> => (await readFieldsIfPresent(file)) ?? {}

/** The fields of a JSON file; undefined if there is no such file. */
export async function readFieldsIfPresent(file: string): Promise<Fields | undefined> {
  const text = await readText(file, {most: SMALL_FILE})
  return text === undefined ? undefined : parseObject(text, file)
}

/** The fields of an object; none of any other value. */
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

/** Whether a value is an object, or a list. */
export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null
