import {gunzipSync} from 'node:zlib'
import {decompressSnappy, decompressZstd} from 'hyparquet-compressors'
import {Fault} from '../engine/fault.ts'

/** Unpacks a page of `bytes` bytes, which it must fill. */
export function unpack(codec: string, packed: Uint8Array, bytes: number): Uint8Array {
  const page = (CODECS.get(codec) ?? unknown(codec))(packed, bytes)
  if (page.length === bytes) return page
  throw new Fault('input', `a page unpacks to ${page.length} bytes, its header says ${bytes}`)
}

type Unpack = (packed: Uint8Array, bytes: number) => Uint8Array

const CODECS = new Map<string, Unpack>([
  ['UNCOMPRESSED', packed => packed],
  ['SNAPPY', (packed, bytes) => decompressSnappy(packed, bytes)],
  ['GZIP', (packed, bytes) => gunzipSync(packed, {maxOutputLength: Math.max(1, bytes)})],
  ['ZSTD', unpackZstd],
])

/** Writes into what it is given and no further; frames that hold less leave zeros behind, which no checksum betrays. */
function unpackZstd(packed: Uint8Array, bytes: number): Uint8Array {
  return decompressZstd(packed, new Uint8Array(bytes))
}

function unknown(codec: string): never {
  throw new Fault('input', `compressed with ${codec}; known: ${[...CODECS.keys()].join(', ')}`)
}
