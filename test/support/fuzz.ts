import {Fault} from '../../src/base/fault.ts'

/** Counts what `read` does with `count` mutations; throws the first error that is no fault of input on one line. */
export async function countReadings(count: number, read: (i: number) => Promise<unknown>) {
  const counts = {read: 0, refused: 0}
  for (let i = 0; i < count; i++) {
    try {
      await read(i)
      counts.read++
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== 'input' || /[\n\r]/.test(error.message)) throw error
      counts.refused++
    }
  }
  return counts
}

/** Replaces `removed` bytes. */
export const splice = (bytes: Buffer, at: number, removed: number, put: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + removed)])
