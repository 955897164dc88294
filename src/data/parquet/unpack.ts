import {gunzipSync} from 'node:zlib'
import {compressors, decompressZstd} from 'hyparquet-compressors'
import {Fault} from '../../base/fault.ts'

/** Unpacks a page of `bytes` bytes, which it must fill. */
export function unpack(codec: string, packed: Uint8Array, bytes: number): Uint8Array {
  const page = (CODECS.get(codec) ?? unknown(codec))(packed, bytes)
  if (page.length === bytes) return page
  throw new Fault('input', `a page unpacks to ${page.length} bytes, its header says ${bytes}`)
}

type Unpack = (packed: Uint8Array, bytes: number) => Uint8Array

const CODECS = new Map<string, Unpack>([
  ['UNCOMPRESSED', packed => packed],
  ['SNAPPY', (packed, bytes) => compressors.SNAPPY!(packed, bytes)], // one WebAssembly for all pages
  ['GZIP', (packed, bytes) => gunzipSync(packed, {maxOutputLength: Math.max(1, bytes)})],
  ['ZSTD', unpackZstd],
])

/** Writes into what it is given and no further; a frame that holds less leaves zeros behind, which no checksum betrays. */
function unpackZstd(packed: Uint8Array, bytes: number): Uint8Array {
  // fzstd compares the array with 1, for which JavaScript would first write all of it down as a text
  const into = Object.assign(new Uint8Array(bytes), {toString: () => 'page'})
  return decompressZstd(packed, into)
}

function unknown(codec: string): never {
  throw new Fault('input', `compressed with ${codec}; known: ${[...CODECS.keys()].join(', ')}`)
}
