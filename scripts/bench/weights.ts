import {createHash} from 'node:crypto'
import {existsSync} from 'node:fs'
import {mkdir} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {type Named, type Shape, type Stored, size} from '../../src/engine/program.ts'
import {random} from '../../src/tensor/random.ts'
import {readSafetensors, writeSafetensors} from '../../src/weights/safetensors.ts'

/** The folder in which benchmarks cache random weights and their singular value decompositions. */
export const benchFolder = join(tmpdir(), 'svft-bench')

/**
 * Writes random weights of these shapes to a file like a checkpoint, so that the engine maps them: N(0, 0.02²), gains around
 * 1. No two tensors are equal, because onnxruntime would store equal ones once, which helps the processor's cache.
 */
export async function randomWeights(name: string, shapes: Named<Shape>): Promise<Record<string, Stored>> {
  const key = createHash('sha256').update(JSON.stringify(shapes)).digest('hex').slice(0, 8)
  const file = join(benchFolder, `${name}-${key}.safetensors`)
  await mkdir(benchFolder, {recursive: true})
  if (!existsSync(file)) {
    const tensors = Object.entries(shapes).map(([tensor, shape]) => {
      const data = async () => draw(tensor, shape)
      return [tensor, {dtype: 'float32', shape, data}] as const
    })
    await writeSafetensors(file, Object.fromEntries(tensors))
  }
  return readSafetensors(file)
}

function draw(name: string, shape: Shape): Float32Array {
  const stream = random(0, name)
  const mean = shape.length === 1 && name.endsWith('.weight') ? 1 : 0
  return Float32Array.from({length: size(shape)}, () => mean + 0.02 * stream.normal())
}
