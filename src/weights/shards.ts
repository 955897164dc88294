import {extname, join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {isObject, parseStrictObject} from '../base/json.ts'
import {escapeLine} from '../base/printable.ts'
import {quote} from '../base/quote.ts'
import {readWhole} from '../base/read-file.ts'
import type {Stored} from '../engine/program.ts'

export interface ShardsOptions {
  /** The index's name in the folder, and the names of all that is there. */
  readonly index: string
  readonly names: ReadonlySet<string>
  /** The name that a single file with all tensors would have. */
  readonly whole: string
  readonly read: (file: string) => Promise<Record<string, Stored>>
}

/** The tensors of all shards. The index says which shard holds a tensor, and each shard what it holds: they must agree. */
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
        const placed = Object.hasOwn(map, name) ? `places in ${quote(map[name])}` : 'lacks'
        throw new Fault('input', `${path}: holds a tensor that ${index} ${placed}: ${escapeLine(name, 120)}`)
      }
      tensors[name] = stored
    }
  }
  for (const [name, shard] of Object.entries(map)) {
    if (tensors[name] === undefined) {
      throw new Fault(
        'input',
        `${folder}/${shard}: lacks a tensor that ${index} places there: ${escapeLine(name, 120)}`,
      )
    }
  }
  return tensors
}

async function readIndex(file: string, ending: string): Promise<Readonly<Record<string, string>>> {
  const {weight_map: map} = parseStrictObject(await readWhole(file), file)
  if (!isObject(map)) throw new Fault('input', `${file}: weight_map is not a map from tensors to files`)
  for (const [name, shard] of Object.entries(map)) {
    if (isShard(shard, ending)) continue
    const wrong = `not a ${ending} file beside the index: ${quote(shard)}`
    throw new Fault('input', `${file}: tensor ${escapeLine(name, 120)}: ${wrong}`)
  }
  return map as Record<string, string>
}

/** A shard lies beside its index: a name with a path in it could lead out of the checkpoint. */
const isShard = (name: unknown, ending: string): name is string =>
  typeof name === 'string' && /^[^/\\\p{C}]+$/u.test(name) && extname(name) === ending && !name.includes('..')
