// Large matrices are inputs of a compiled model, in bfloat16: their one copy serves every product of every program. As
// constants they would be packed again for each product that reads them, and folded into float32 beside it: that only pays
// for matrix-vector products, which wait for memory.

import {readPieces} from '../../base/files.ts'
import {fromFloat16, toBfloat16} from '../../base/half.ts'
import {withFile} from '../../base/read-file.ts'
import {type Named, type Stored, size} from '../program.ts'

/** Smaller matrices stay constants, which fuse with what reads them. */
const FEW_ENTRIES = 2 ** 16

const FLOATS: readonly string[] = ['float32', 'bfloat16', 'float16']

/** Whether a weight is an input of the compiled model. */
export const isLargeMatrix = ({dtype, shape}: Stored): boolean =>
  shape.length === 2 && size(shape) >= FEW_ENTRIES && FLOATS.includes(dtype)

/** Whether a weight is read from its file, which is mapped, without a copy. */
export const isReadInPlace = (stored: Stored): stored is StoredInFile =>
  isLargeMatrix(stored) && stored.dtype === 'bfloat16' && 'file' in stored.at

type StoredInFile = Stored & {readonly at: Extract<Stored['at'], {readonly file: string}>}

/** Declares the weights for tracing: large matrices are in bfloat16, and their values are passed separately. */
export function declareMatrices(weights: Named<Stored>): Record<string, Stored> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, stored]) => [
      name,
      isLargeMatrix(stored) ? {dtype: 'bfloat16', shape: stored.shape, at: {data: NONE}} : stored,
    ]),
  )
}

const NONE = new Uint8Array(0)

/** The bits of a float32 or float16 matrix in bfloat16: converted once, and cached while anything refers to the weight. */
export function bfloat16Bits(stored: Stored): Promise<Uint16Array> {
  const bits = converted.get(stored) ?? convert(stored)
  converted.set(stored, bits)
  bits.catch(() => converted.delete(stored)) // the next attempt may find the file complete
  return bits
}

const converted = new WeakMap<Stored, Promise<Uint16Array>>()

async function convert({dtype, shape, at}: Stored): Promise<Uint16Array> {
  const bits = new Uint16Array(size(shape))
  if ('data' in at) return toBfloat16(floats(dtype, at.data), bits)
  await withFile(at.file, async file => {
    let done = 0
    for await (const piece of readPieces(file, at.offset, at.bytes)) {
      const values = floats(dtype, piece)
      toBfloat16(values, bits.subarray(done, done + values.length))
      done += values.length
    }
  })
  return bits
}

function floats(dtype: Stored['dtype'], {buffer, byteOffset, byteLength}: ArrayBufferView): Float32Array {
  if (dtype === 'float16') return fromFloat16(new Uint16Array(buffer, byteOffset, byteLength / 2))
  return new Float32Array(buffer, byteOffset, byteLength / 4)
}
