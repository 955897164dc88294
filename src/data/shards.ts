import {stat} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {groupBy} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {isPattern, openGlob} from '../base/glob.ts'
import {listFiles, listNames} from '../base/list-files.ts'

/**
 * Finds the files that a path stands for, by name: the file itself; all that match, if its last part has a * or ?, also in
 * subfolders if it has **; or, for a folder, the parquet files in it. Shards like `train-00000-of-00002.parquet` must belong
 * to one table and be complete within each folder.
 */
export async function findShards(path: string): Promise<readonly string[]> {
  const files = await findFiles(path)
  const parts = files.map(partOf)
  if (parts.every(({of}) => of === undefined) && (files.length === 1 || isPattern(path))) return files
  const tables = new Set(parts.map(({table}) => table))
  if (tables.size > 1) {
    throw new Fault('input', `${path}: contains several tables; choose one: ${[...tables].join(', ')}`)
  }
  if (files.length === 1 && files[0] === path) return files
  for (const [folder, shards] of groupBy(parts, ({folder}) => folder)) {
    const sizes = [...new Set(shards.map(({of}) => of ?? 1))]
    if (sizes.length > 1)
      throw new Fault('input', `${folder}: contains the table in ${sizes.join(' and in ')} parts; remove all but one`)
    if (shards.length !== sizes[0])
      throw new Fault('input', `${folder}: ${shards.length} of ${sizes[0]} parts are here; download the others too`)
  }
  return files
}

/** A file as a part of a table; `of` is the number of its shards, if it is one. */
function partOf(file: string) {
  const [, stem, , of] = SHARD.exec(basename(file)) ?? []
  return {folder: dirname(file), table: stem ?? basename(file), of: of === undefined ? undefined : Number(of)}
}

/** The hub's older shards end in a hash. */
const SHARD = /^(.*)-(\d+)-of-(\d+)(?:-[0-9a-f]+)?\.\w+$/

async function findFiles(path: string): Promise<string[]> {
  const [folder, last] = [dirname(path), basename(path)]
  if (isPattern(last)) {
    const files = await matching(folder, last)
    if (files.length === 0) throw new Fault('io', `${path}: no such files`)
    return files
  }
  const found = await stat(path).catch(() => undefined) // its reader reports what is wrong
  if (!found?.isDirectory()) return [path]
  const files = await matching(path, '*.parquet')
  if (files.length === 0) throw new Fault('io', `${path}: a folder without parquet files`)
  return files
}

async function matching(folder: string, pattern: string): Promise<string[]> {
  const matches = openGlob(pattern)
  const names = pattern.includes('**') ? await listFiles(folder) : await listNames(folder)
  const found = names.filter(name => matches(name) && !/(^|\/)\./.test(name)).sort()
  return found.map(name => join(folder, name))
}
