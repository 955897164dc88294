// Large matrices are inputs of a compiled model, in bfloat16: their one copy serves every product of every program. As
// constants they are packed again for each product that reads them, which only pays for matrix-vector products: those wait for
// memory.

import {mapValues, sum} from '../../base/collections.ts'
import {fromFloat16, toBfloat16} from '../../base/half.ts'
import {getOrAdd} from '../../base/memoize.ts'
import {readPieces, withFile} from '../../base/read-file.ts'
import {type FileBytes, FLOATS, type Named, type Stored, size} from '../program.ts'

/** Smaller matrices stay constants, which fuse with what reads them. */
export const FEW_ENTRIES = 2 ** 16

/** Whether a weight is an input of the compiled model. */
export const isLargeMatrix = ({dtype, shape}: Stored): boolean =>
  shape.length === 2 && size(shape) >= FEW_ENTRIES && FLOATS.includes(dtype)

/** Whether a weight is read from its file, which is mapped, without a copy. */
export const isReadInPlace = (stored: Stored): stored is StoredInFile =>
  isLargeMatrix(stored) && stored.dtype === 'bfloat16' && 'file' in stored.at

type StoredInFile = Stored & {readonly at: FileBytes}

/** Declares the weights for tracing: large matrices are in bfloat16, and their values are passed separately. */
export function declareMatrices(weights: Named<Stored>): Record<string, Stored> {
  return mapValues(weights, stored =>
    isLargeMatrix(stored) ? {dtype: 'bfloat16', shape: stored.shape, at: {data: NONE}} : stored,
  )
}

const NONE = new Uint8Array(0)

/** The bits of a float32 or float16 matrix in bfloat16: converted once, and cached while anything refers to the weight. */
export function bfloat16Bits(stored: Stored): Promise<Uint16Array> {
  const bits = getOrAdd(converted, stored, () => convert(stored))
  bits.catch(() => converted.delete(stored)) // the next attempt may find the file complete
  return bits
}

const converted = new WeakMap<Stored, Promise<Bits>>()

/** The entries of several matrices in bfloat16, one matrix after the other, in an array of their own. */
export async function joinedBits(matrices: readonly Stored[]): Promise<Uint16Array> {
  const joined = new Uint16Array(sum(matrices.map(({shape}) => size(shape))))
  let done = 0
  for (const stored of matrices) {
    const bits = joined.subarray(done, done + size(stored.shape))
    const known = await converted.get(stored)
    if (known) bits.set(known)
    else await convert(stored, bits)
    done += bits.length
  }
  return joined
}

type Bits = Uint16Array<ArrayBuffer>

async function convert({dtype, shape, at}: Stored, bits: Bits = new Uint16Array(size(shape))): Promise<Bits> {
  if ('data' in at) writeBits(dtype, at.data, bits)
  else
    await withFile(at.file, async file => {
      let done = 0
      for await (const piece of readPieces(file, at.offset, at.bytes))
        done += writeBits(dtype, piece, bits.subarray(done))
    })
  return bits
}

/** Writes entries in bfloat16 to the beginning of an array, and returns their number. */
function writeBits(dtype: Stored['dtype'], {buffer, byteOffset, byteLength}: ArrayBufferView, into: Bits): number {
  const length = byteLength / (dtype === 'float32' ? 4 : 2)
  const bits = () => new Uint16Array(buffer, byteOffset, length)
  const part = into.subarray(0, length)
  if (dtype === 'float32') toBfloat16(new Float32Array(buffer, byteOffset, length), part)
  else if (dtype === 'float16') toBfloat16(fromFloat16(bits()), part)
  else part.set(bits())
  return length
}
