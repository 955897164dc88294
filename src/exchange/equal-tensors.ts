import {isDeepStrictEqual} from 'node:util'
import {fromBfloat16, fromFloat16, toBfloat16, toFloat16} from '../base/half.ts'
import {equalShapes, type Stored} from '../engine/program.ts'
import {readTensor} from '../weights/safetensors.ts'

/** Whether two tensors are equal, as those under two names of one module must be. */
export async function isEqual(a: Stored, b: Stored): Promise<boolean> {
  return equalShapes(a.shape, b.shape) && isDeepStrictEqual(await readTensor(a), await readTensor(b))
}

/** Whether a tensor is another one, rounded to its own type if that has 16 bits. */
export async function isRounded(tensor: Stored, exact: Stored): Promise<boolean> {
  if (!equalShapes(tensor.shape, exact.shape)) return false
  const round = ROUNDING.get(tensor.dtype)
  const data = await readTensor(exact)
  return isDeepStrictEqual(await readTensor(tensor), round ? round(data) : data)
}

const ROUNDING = new Map<Stored['dtype'], (values: ArrayLike<number>) => Float32Array>([
  ['bfloat16', values => fromBfloat16(toBfloat16(Float32Array.from(values)))],
  ['float16', values => fromFloat16(toFloat16(Float32Array.from(values)))],
])
