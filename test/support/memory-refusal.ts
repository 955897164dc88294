import {expect} from 'vitest'

/** The message of a check of memory that must refuse, with its sizes, which vary, as `n`. */
export async function memoryRefusal(checked: Promise<unknown>): Promise<string> {
  const error = await checked.then(
    () => new Error('not refused'),
    error => error,
  )
  expect(error).toMatchObject({name: 'Fault', kind: 'failed'})
  return error.message.replaceAll(BYTES, 'n MB')
}

/** The bytes that a message speaks of, in order. */
export const bytesIn = (message: string): number[] =>
  [...message.matchAll(BYTES)].map(([, count, unit]) => Number(count) * {k: 1e3, M: 1e6, G: 1e9}[unit]!)

const BYTES = /([\d.]+) ([kMG])B/g
