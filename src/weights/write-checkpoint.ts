import {join} from 'node:path'
import {divideBytes, sum} from '../base/collections.ts'
import {writeJson} from '../base/files.ts'
import {bytesOf, type Named} from '../engine/program.ts'
import {type Writable, writeSafetensors} from './safetensors.ts'

export interface WriteOptions {
  /** The limit of the tensors' bytes in one file, unless one tensor alone is larger. */
  readonly shardBytes?: number
}

/** Writes weights into a folder as transformers reads them: model.safetensors, or shards with their index. */
export async function writeWeights(
  folder: string,
  tensors: Named<Writable>,
  {shardBytes = 5e9}: WriteOptions = {},
): Promise<void> {
  const bytes = (name: string) => bytesOf(tensors[name].dtype, tensors[name].shape)
  const shards = divideBytes(Object.keys(tensors), bytes, shardBytes)
  const fileOf = (i: number) =>
    shards.length === 1 ? 'model.safetensors' : `model-${fiveDigits(i + 1)}-of-${fiveDigits(shards.length)}.safetensors`
  for (const [i, names] of shards.entries()) {
    const some = Object.fromEntries(names.map(name => [name, tensors[name]]))
    await writeSafetensors(join(folder, fileOf(i)), some, {metadata: {format: 'pt'}}) // which transformers requires
  }
  if (shards.length === 1) return
  const map = Object.fromEntries(shards.flatMap((names, i) => names.map(name => [name, fileOf(i)])))
  const total = sum(Object.keys(tensors).map(bytes))
  await writeJson(join(folder, 'model.safetensors.index.json'), {metadata: {total_size: total}, weight_map: map})
}

const fiveDigits = (n: number) => String(n).padStart(5, '0')
