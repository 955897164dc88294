import {createHash} from 'node:crypto'
import {readPieces, withFile} from '../base/read-file.ts'
import type {Named, Stored} from '../engine/program.ts'

/**
 * The sha256, in hex, of a tensor's dtype, shape and bytes, wherever it is stored. A file is read only once for each
 * `Stored`, since the factors of a large model are tens of gigabytes.
 */
export async function hashTensor(stored: Stored): Promise<string> {
  const known = HASHES.get(stored)
  if (known !== undefined) return known
  const {dtype, shape, at} = stored
  const hash = createHash('sha256').update(`${dtype} ${shape}\n`)
  if ('data' in at) return hash.update(at.data).digest('hex') // may change later
  await withFile(at.file, async file => {
    for await (const piece of readPieces(file, at.offset, at.bytes)) hash.update(piece)
  })
  const digest = hash.digest('hex')
  HASHES.set(stored, digest)
  return digest
}

const HASHES = new WeakMap<Stored, string>()

/** One sha256, in hex, of tensors' names, dtypes, shapes and bytes. */
export async function hashTensors(tensors: Named<Stored>): Promise<string> {
  const hash = createHash('sha256')
  for (const name of Object.keys(tensors).sort()) hash.update(`${name} ${await hashTensor(tensors[name])}\n`)
  return hash.digest('hex')
}
