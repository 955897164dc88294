import {readFile, stat} from 'node:fs/promises'
import {Fault} from '../engine/fault.ts'

/** A file's text without a byte order mark; undefined where there is no such file. */
export async function readText(file: string): Promise<string | undefined> {
  let bytes: Buffer
  try {
    const found = await stat(file)
    if (!found.isFile()) throw new Fault('io', `${file}: cannot be read: not a file`) // a pipe's reader would wait for ever
    if (found.size > MOST_BYTES) throw new Fault('input', `${file}: too large to be read at once: ${found.size} bytes`)
    bytes = await readFile(file)
  } catch (cause) {
    const {code, message} = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (cause instanceof Fault) throw cause
    throw new Fault('io', `${file}: cannot be read: ${message}`, {cause})
  }
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch (cause) {
    throw new Fault('input', `${file}: not UTF-8 text`, {cause})
  }
}

/** A text of Node's has at most so many characters. */
const MOST_BYTES = 2 ** 29 - 24
