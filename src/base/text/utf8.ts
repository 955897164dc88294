import {Fault} from '../fault.ts'

/** Decodes UTF-8 strictly: other bytes are a TypeError, and a byte order mark is a character. */
export const UTF8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

/** Decodes a file's UTF-8 bytes, and removes a byte order mark; `advice` ends the message of a fault. */
export function decodeUtf8(bytes: Uint8Array, where: string, advice = ''): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch (cause) {
    throw new Fault('input', `${where}: not UTF-8 text${advice}`, {cause})
  }
}
