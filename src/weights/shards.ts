import {extname, join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {isObject, parseStrictObject} from '../base/json.ts'
import {escapeLine, quote} from '../base/printable.ts'
import {readWhole} from '../base/read-file.ts'
import type {Stored} from '../engine/program.ts'

export interface ShardsOptions {
  /** The name of the index in the folder, and the names of all files there. */
  readonly index: string
  readonly names: ReadonlySet<string>
  /** The name of a single file with all tensors. */
  readonly whole: string
  readonly read: (file: string) => Promise<Record<string, Stored>>
}

/** Locates the tensors of all shards. The index and the shards must agree on which shard has which tensor. */
export async function readShards(
  folder: string,
  {index, names, whole, read}: ShardsOptions,
): Promise<Record<string, Stored>> {
  const map = await readIndex(join(folder, index), extname(whole))
  const firsts = new Map<string, string>() // a shard's first tensor
  for (const [name, shard] of Object.entries(map)) if (!firsts.has(shard)) firsts.set(shard, name)

  const tensors: Record<string, Stored> = Object.create(null)
  for (const [shard, first] of firsts) {
    const path = join(folder, shard)
    if (!names.has(shard))
      throw new Fault('input', `${path}: the shard with tensor ${escapeLine(first, 120)} is missing`)
    for (const [name, stored] of Object.entries(await read(path))) {
      if (!Object.hasOwn(map, name) || map[name] !== shard) {
        const location = Object.hasOwn(map, name) ? `locates in ${quote(map[name])}` : 'lacks'
        throw new Fault('input', `${path}: contains a tensor that ${index} ${location}: ${escapeLine(name, 120)}`)
      }
      tensors[name] = stored
    }
  }
  const missing = Object.keys(map).find(name => tensors[name] === undefined)
  if (missing === undefined) return tensors
  const problem = `lacks a tensor that ${index} locates there: ${escapeLine(missing, 120)}`
  throw new Fault('input', `${folder}/${map[missing]}: ${problem}`)
}

async function readIndex(file: string, ending: string): Promise<Readonly<Record<string, string>>> {
  const {weight_map: map} = parseStrictObject(await readWhole(file), file)
  if (!isObject(map)) throw new Fault('input', `${file}: weight_map is not a map from tensors to files`)
  for (const [name, shard] of Object.entries(map)) {
    if (isShard(shard, ending)) continue
    const wrong = `not a ${ending} file in the folder of the index: ${quote(shard)}`
    throw new Fault('input', `${file}: tensor ${escapeLine(name, 120)}: ${wrong}`)
  }
  return map as Record<string, string>
}

/** A shard is in the folder of its index; a name that contains a path could point out of the checkpoint. */
const isShard = (name: unknown, ending: string): name is string =>
  typeof name === 'string' && /^[^/\\\p{C}]+$/u.test(name) && extname(name) === ending && !name.includes('..')
