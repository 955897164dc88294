// OpenVINO caches transformed models in a folder, by a hash of everything they depend on: about 6 MB for ViT-B and 24 MB for
// SmolLM2, which halves the time of later compilations. A truncated file is ignored and rewritten.
import {accessSync, constants, mkdirSync, readdirSync, rmSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {sum} from '../../base/collections.ts'
import {isReadOnly} from '../../base/files.ts'
import {programsFolder} from '../../base/folders.ts'

/** A graph with fewer nodes compiles quickly. */
const MANY_NODES = 1000

const LIMIT_BYTES = 1e9

/**
 * The properties that make OpenVINO cache a program with this many nodes; none if that does not pay off or the cache is
 * read-only. It reads a cached program without mapping it: another process may truncate and rewrite the file in place, which
 * would kill every process that has it mapped.
 */
export function cacheProperty(nodes: number): Readonly<Record<string, string>> {
  if (nodes < MANY_NODES) return {}
  const folder = programsFolder()
  try {
    mkdirSync(folder, {recursive: true})
    accessSync(folder, constants.W_OK)
    removeOldest(folder, LIMIT_BYTES)
  } catch (error) {
    if (isReadOnly(error)) return {}
    throw error
  }
  return {CACHE_DIR: folder, ENABLE_MMAP: 'NO'}
}

/** Removes the oldest files of a folder until the others have at most `limit` bytes; those that cannot be removed stay. */
export function removeOldest(folder: string, limit: number): void {
  const files = readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    const stat = statSync(path, {throwIfNoEntry: false}) // another process may have removed it
    return stat ? [{path, bytes: stat.size, time: stat.mtimeMs}] : []
  })
  let total = sum(files.map(({bytes}) => bytes))
  for (const {path, bytes} of files.sort((a, b) => a.time - b.time)) {
    if (total <= limit) return
    try {
      rmSync(path, {force: true})
      total -= bytes
    } catch {} // another user's, in a shared folder
  }
}
