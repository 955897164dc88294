import {readdir, stat} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {Fault, ioFault} from '../base/fault.ts'
import {globExpression, isPattern} from '../base/glob.ts'

/**
 * Finds the files that a path stands for, by name: the file itself; all that match, if its last part has a * or ?; or, for
 * a folder, the parquet files in it. Shards like `train-00000-of-00002.parquet` must be complete and of one table.
 */
export async function findShards(path: string): Promise<readonly string[]> {
  const files = await findFiles(path)
  const shards = files.map(file => SHARD.exec(basename(file)))
  if (shards.every(shard => shard === null) && (files.length === 1 || isPattern(path))) return files
  const stems = new Set(shards.map((shard, i) => (shard ? `${shard[1]}-of-${shard[3]}` : basename(files[i]))))
  if (stems.size > 1) {
    const names = [...stems].map(stem => stem.replace(/-of-\d+$/, ''))
    throw new Fault('input', `${path}: holds several tables, of which one must be chosen: ${names.join(', ')}`)
  }
  const count = Number(shards[0]?.[3])
  const lone = files.length === 1 && files[0] === path
  if (files.length === count || lone) return files
  throw new Fault('input', `${path}: ${files.length} of ${count} parts are here; download the others too`)
}

async function findFiles(path: string): Promise<string[]> {
  const [folder, last] = [dirname(path), basename(path)]
  if (isPattern(last)) {
    const files = await matching(folder, globExpression(last))
    if (files.length === 0) throw new Fault('io', `${path}: no such files`)
    return files
  }
  const found = await stat(path).catch(() => undefined) // its reader reports what is wrong
  if (!found?.isDirectory()) return [path]
  const files = await matching(path, /\.parquet$/)
  if (files.length === 0) throw new Fault('io', `${path}: a folder without parquet files`)
  return files
}

async function matching(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder).catch(error => Promise.reject(ioFault(folder, error)))
  const matches = names.filter(name => pattern.test(name) && !name.startsWith('.')).sort()
  return matches.map(name => join(folder, name))
}

/** The hub's older shards end in a hash. */
const SHARD = /^(.*)-(\d+)-of-(\d+)(?:-[0-9a-f]+)?\.\w+$/
