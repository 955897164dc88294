import {constants} from 'node:fs'
import {open} from 'node:fs/promises'
import {Fault, placed} from '../../base/fault.ts'
import {ioFault} from '../../base/io-fault.ts'

/** A parquet file while it is open. */
export interface OpenTable {
  readonly bytes: number
  read(offset: number, bytes: number): Promise<Uint8Array>
}

/**
 * Lends `use` a file. What goes wrong, in words of Node's or of the library that reads parquet, is told as a fault that
 * names the file.
 */
export async function withTable<T>(path: string, use: (file: OpenTable) => Promise<T>): Promise<T> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK) // waits for no pipe's writer
    try {
      const found = await handle.stat()
      if (!found.isFile()) throw new Fault('io', 'not a regular file')
      const read = async (offset: number, bytes: number) => {
        const into = new Uint8Array(bytes)
        for (let done = 0; done < bytes; ) {
          const {bytesRead} = await handle.read(into, done, bytes - done, offset + done)
          if (bytesRead === 0) throw new Fault('io', `ends at byte ${offset + done}: changed while read?`)
          done += bytesRead
        }
        return into
      }
      return await use({bytes: found.size, read})
    } finally {
      await handle.close()
    }
  } catch (error) {
    const known = ioFault(path, error)
    throw known === error ? placed(path, asFault(error)) : known
  }
}

function asFault(error: unknown): unknown {
  if (error instanceof Fault || !(error instanceof Error)) return error
  const words = error.message.replace(/\p{C}+/gu, ' ').slice(0, 120)
  return new Fault('input', `damaged, or no parquet that can be read (${words}); copy it again`, {cause: error})
}
