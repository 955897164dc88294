import {isDeepStrictEqual} from 'node:util'
import {ROUND} from '../base/half.ts'
import {equalShapes, type Stored} from '../engine/program.ts'
import {readTensor} from '../weights/safetensors.ts'

/** Whether two tensors are equal, as those under two names of one module must be. */
export async function isEqual(a: Stored, b: Stored): Promise<boolean> {
  return equalShapes(a.shape, b.shape) && isDeepStrictEqual(await readTensor(a), await readTensor(b))
}

/** Whether a tensor is another one, rounded to its own type if that has 16 bits. */
export async function isRounded(tensor: Stored, exact: Stored): Promise<boolean> {
  if (!equalShapes(tensor.shape, exact.shape)) return false
  const round = ROUND[tensor.dtype]
  const data = await readTensor(exact)
  return isDeepStrictEqual(await readTensor(tensor), round ? round(Float32Array.from(data)) : data)
}
