import {gunzipSync} from 'node:zlib'
import {compressors, decompressZstd} from 'hyparquet-compressors'
import {Fault} from '../../base/fault.ts'

/** Unpacks a page of `bytes` bytes, which it must fill. */
export function unpack(codec: string, packed: Uint8Array, bytes: number): Uint8Array {
  const decompress = CODECS.get(codec)
  if (!decompress) {
    throw new Fault('input', `compression ${codec} is not supported; known: ${[...CODECS.keys()].join(', ')}`)
  }
  const page = decompress(packed, bytes)
  if (page.length === bytes) return page
  throw new Fault('input', `a page unpacks to ${page.length} bytes, its header says ${bytes}`)
}

type Decompress = (packed: Uint8Array, bytes: number) => Uint8Array

const CODECS = new Map<string, Decompress | undefined>([
  ['UNCOMPRESSED', packed => packed],
  ['SNAPPY', compressors.SNAPPY],
  ['GZIP', (packed, bytes) => gunzipSync(packed, {maxOutputLength: Math.max(1, bytes)})],
  ['ZSTD', unpackZstd],
])

/** Writes no further than `bytes`. A frame that holds less leaves zeros behind, which no checksum reveals. */
function unpackZstd(packed: Uint8Array, bytes: number): Uint8Array {
  // fzstd compares the array with 1, for which JavaScript would first write all of it as text
  const into = Object.assign(new Uint8Array(bytes), {toString: () => 'page'})
  return decompressZstd(packed, into)
}
