import {join} from 'node:path'
import type {Stored} from '../engine/program.ts'
import {cachedTensors} from './checksummed.ts'
import {hashTensor} from './hash-tensor.ts'
import {readFloats} from './safetensors.ts'

/**
 * An embedding (rows, C) with its first `count` rows and one more, their mean, for a token that is new to the model. It has
 * the same dtype, and is cached in the folder `cache`, which several processes may share.
 */
export async function withMeanRow(stored: Stored, count: number, {cache}: {readonly cache: string}): Promise<Stored> {
  const [, C] = stored.shape
  const file = join(cache, `${await hashTensor(stored)}-${count}.safetensors`)
  const tensors = await cachedTensors(file, async () => {
    const old = (await readFloats(stored)).subarray(0, count * C)
    const data = new Float32Array((count + 1) * C)
    data.set(old)
    data.set(meanRow(old, C), count * C)
    return {[NAME]: {dtype: stored.dtype, shape: [count + 1, C], data}}
  })
  return tensors[NAME]
}

const NAME = 'embedding'

/** The mean of rows of C values, summed in float64. */
function meanRow(rows: Float32Array, C: number): Float64Array {
  const sum = new Float64Array(C)
  for (let i = 0; i < rows.length; i++) sum[i % C] += rows[i]
  return sum.map(total => (total * C) / rows.length)
}
