import {expect} from 'vitest'

/** What a check of memory that has to refuse says; the numbers, which vary, as `n`. */
export async function memoryRefusal(checked: Promise<unknown>): Promise<string> {
  const error = await checked.then(
    () => new Error('not refused'),
    error => error,
  )
  expect(error).toMatchObject({name: 'Fault', kind: 'failed'})
  return error.message.replaceAll(/[\d.]+ MB/g, 'n MB')
}
