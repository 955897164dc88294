import {existsSync} from 'node:fs'
import {mkdir, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {sha256} from '../../src/base/sha256.ts'
import {type Shape, size} from '../../src/engine/program.ts'
import type {ModelConfig} from '../../src/models/config.ts'
import {openModel} from '../../src/models/open-model.ts'
import {random} from '../../src/tensor/random.ts'
import {writeSafetensors} from '../../src/weights/safetensors.ts'

/** The folder in which benchmarks cache random weights and their singular value decompositions. */
export const benchFolder = join(tmpdir(), 'svft-bench')

/**
 * Writes a checkpoint with random weights, unless it is there, and returns its folder: N(0, 0.02²), gains around 1. No two
 * tensors are equal, because onnxruntime would store equal ones once, which helps the processor's cache.
 */
export async function randomCheckpoint(config: ModelConfig): Promise<string> {
  const key = sha256(JSON.stringify(config)).slice(0, 8)
  const folder = join(benchFolder, `${config.model_type}-${key}`)
  if (existsSync(join(folder, 'config.json'))) return folder
  await mkdir(folder, {recursive: true})
  const tensors = Object.entries(openModel(config).shapes).map(([tensor, shape]) => {
    const data = async () => draw(tensor, shape)
    return [tensor, {dtype: 'float32', shape, data}] as const
  })
  await writeSafetensors(join(folder, 'model.safetensors'), Object.fromEntries(tensors))
  await writeFile(join(folder, 'config.json'), JSON.stringify(config)) // last: it marks the folder as complete
  return folder
}

function draw(name: string, shape: Shape): Float32Array {
  const stream = random(0, name)
  const mean = shape.length === 1 && name.endsWith('.weight') ? 1 : 0
  return Float32Array.from({length: size(shape)}, () => mean + 0.02 * stream.normal())
}
