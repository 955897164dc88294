import {join} from 'node:path'
import {sum} from '../base/collections.ts'
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
  const shards = divide(tensors, shardBytes)
  const fileOf = (i: number) =>
    shards.length === 1 ? 'model.safetensors' : `model-${fiveDigits(i + 1)}-of-${fiveDigits(shards.length)}.safetensors`
  for (const [i, names] of shards.entries()) {
    const some = Object.fromEntries(names.map(name => [name, tensors[name]]))
    await writeSafetensors(join(folder, fileOf(i)), some, {metadata: {format: 'pt'}}) // which transformers requires
  }
  if (shards.length === 1) return
  const map = Object.fromEntries(shards.flatMap((names, i) => names.map(name => [name, fileOf(i)])))
  const total = sum(Object.values(tensors).map(({dtype, shape}) => bytesOf(dtype, shape)))
  await writeJson(join(folder, 'model.safetensors.index.json'), {metadata: {total_size: total}, weight_map: map})
}

/** Divides the names, in order, into shards. */
function divide(tensors: Named<Writable>, most: number): string[][] {
  const shards: string[][] = [[]]
  let room = most
  for (const name of Object.keys(tensors)) {
    const {dtype, shape} = tensors[name]
    const bytes = bytesOf(dtype, shape)
    if (bytes > room && shards[shards.length - 1].length > 0) {
      shards.push([])
      room = most
    }
    shards[shards.length - 1].push(name)
    room -= bytes
  }
  return shards
}

const fiveDigits = (n: number) => String(n).padStart(5, '0')
