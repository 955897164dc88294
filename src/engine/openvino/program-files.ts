// OpenVINO caches transformed models in a folder, by a hash of everything they depend on: about 6 MB for ViT-B and 24 MB for
// SmolLM2, which halves the time of later compilations. It notices a truncated file and rewrites it, but a flipped bit in a
// constant only changes what the program computes: so svft writes a checksum beside each file.
import {accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {sum} from '../../base/collections.ts'
import {unlessFault} from '../../base/fault.ts'
import {isReadOnly, writeText} from '../../base/files.ts'
import {programsFolder} from '../../base/folders.ts'
import {hashFile, readText} from '../../base/read-file.ts'

/** A graph with fewer nodes compiles quickly. */
const MANY_NODES = 1000

const LIMIT_BYTES = 5e8

/**
 * The properties that make OpenVINO cache a program with this many nodes; none if that does not pay off or the cache is
 * read-only. Programs that do not match their checksums are removed first. OpenVINO reads a cached program without mapping it:
 * another process may truncate and rewrite the file in place, which would kill every process that has it mapped.
 */
export async function cacheProperty(nodes: number): Promise<Readonly<Record<string, string>>> {
  if (nodes < MANY_NODES) return {}
  const folder = programsFolder()
  try {
    mkdirSync(folder, {recursive: true})
    accessSync(folder, constants.W_OK)
    removeOldest(folder, LIMIT_BYTES)
    await removeMismatched(folder)
  } catch (error) {
    if (isReadOnly(error)) return {}
    throw error
  }
  return {CACHE_DIR: folder, ENABLE_MMAP: 'NO'}
}

/** The programs that this process has seen match their checksums, by their paths, sizes and times. */
const matched = new Set<string>()

/** Removes the programs that do not match their checksums, or have none: they are damaged, or another process writes them. */
async function removeMismatched(folder: string): Promise<void> {
  for await (const {path, identity, checksum} of unmatchedPrograms(folder)) {
    const recorded = await unlessFault(() => readText(checksumPath(path)))
    if (recorded === checksum) matched.add(identity)
    else rmSync(path, {force: true})
  }
}

/** Writes the checksums of the programs that OpenVINO has cached in a folder since `cacheProperty` looked at the others. */
export async function writeChecksums(folder: string): Promise<void> {
  for await (const {path, identity, checksum} of unmatchedPrograms(folder)) {
    await unlessFault(async () => {
      await writeText(checksumPath(path), checksum) // if that fails, as on a full disk, the program will be compiled again
      matched.add(identity)
    })
  }
}

/** The programs of a folder that have not been compared yet, without those of other users. */
async function* unmatchedPrograms(folder: string) {
  if (!existsSync(folder)) return // somebody has emptied the cache while a program was compiled
  for (const name of readdirSync(folder).filter(name => name.endsWith('.blob'))) {
    const path = join(folder, name)
    const stat = statSync(path, {throwIfNoEntry: false}) // another process may have removed it
    const identity = `${path} ${stat?.size} ${stat?.mtimeMs}`
    if (matched.has(identity)) continue
    const checksum = await unlessFault(() => hashFile(path))
    if (checksum !== undefined) yield {path, identity, checksum}
  }
}

const checksumPath = (program: string) => `${program}.sha256`

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
