import {readdir, rename, rm} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {Fault, ioFault} from '../../base/fault.ts'
import {isLink, remove} from '../../base/files.ts'
import {
  cacheFolder,
  factorsFolder,
  openVinoFolder,
  pixelsFolder,
  programsFolder,
  resizedFolder,
  sharedFolder,
  viewsFolder,
  wheelsFolder,
} from '../../base/folders.ts'
import {formatBytes} from '../../base/format-bytes.ts'
import {isBelow} from '../../base/paths.ts'
import {isMissing} from '../../base/read-file.ts'
import {temporaryBeside} from '../../base/temporary.ts'
import {didYouMean, nearest} from '../../base/text/nearest.ts'
import {bytesIn, type CachedRepository, cachedRepositories, freeRepository} from '../../hub/cached.ts'
import {hubCacheFolder} from '../../hub/settings.ts'

/** Something in a cache, which svft can fetch or compute again. */
export interface CacheEntry {
  /** Its name for `svft cache free`: `factors`, or a repository, `google/gemma-2b`. */
  readonly name: string
  readonly what: string
  readonly path: string
  readonly bytes: number
  /** The number of files, of versions, or of a repository's commits. */
  readonly count: number
  readonly unit?: 'file' | 'version'
  readonly repository?: CachedRepository
}

/**
 * Lists the caches: repositories of the hub, which Python shares, and files that svft has computed or installed. `warn`
 * receives the folders that cannot be read, such as those of another user.
 */
export async function listCache(warn: (text: string) => void = () => {}): Promise<readonly CacheEntry[]> {
  const entries = await listAll()
  const faults = await readFaults([hubCacheFolder(), cacheFolder(), ...entries.map(({path}) => path)])
  for (const fault of faults) warn(`${fault.message}; its contents are not listed`)
  return entries.filter(isCached)
}

/** Why folders that exist cannot be read. Of folders within each other, the outermost counts. */
async function readFaults(paths: readonly string[]): Promise<readonly Fault[]> {
  const found = new Map<string, Fault>()
  for (const path of paths) {
    const fault = await readdir(path).then(
      () => undefined,
      error => ioFault(path, error),
    )
    const isWithin = [...found.keys()].some(other => isBelow(path, other))
    if (fault instanceof Fault && !isMissing(fault) && !isWithin) found.set(path, fault)
  }
  return [...found.values()]
}

const isCached = ({repository, count}: CacheEntry) => repository !== undefined || count > 0

/** Lists the caches, those of svft also where they are empty. */
async function listAll(): Promise<readonly CacheEntry[]> {
  const repositories = await cachedRepositories(hubCacheFolder())
  const computed = COMPUTED.map(async ({folder, what, unit = 'file'}) => {
    const path = folder()
    const names = await readdir(path).catch(() => [])
    return {name: basename(path), what, path, bytes: await bytesIn(path), count: names.length, unit}
  })
  const fetched = repositories.map(repository => {
    const {kind, name, path, bytes, sharedBytes, commits} = repository
    const namesakes = repositories.filter(other => other.name === name)
    return {
      name: namesakes.length > 1 ? `${kind}s/${name}` : name,
      what: kind,
      path,
      bytes: bytes + sharedBytes,
      count: commits.length,
      repository,
    }
  })
  return [...fetched, ...(await Promise.all(computed))]
}

const COMPUTED: readonly {
  readonly folder: () => string
  readonly what: string
  readonly unit?: CacheEntry['unit']
}[] = [
  {folder: factorsFolder, what: 'singular value decompositions'},
  {folder: sharedFolder, what: 'frozen tensors that modules share'},
  {folder: pixelsFolder, what: 'decoded and resized images'},
  {folder: resizedFolder, what: 'embeddings with an added row'},
  {folder: viewsFolder, what: 'links to files of the hub'},
  {folder: openVinoFolder, what: 'libraries of engine openvino', unit: 'version'},
  {folder: programsFolder, what: 'compiled programs of engine openvino'},
  {folder: wheelsFolder, what: 'unfinished downloads of engines'},
]

/**
 * Removes the entries of these names, and returns them with the bytes that this freed; an empty cache has nothing to remove. `warn`
 * receives what stays on the disk, since repositories share it.
 *
 * @throws Fault 'usage', with nothing removed, for an unknown name
 */
export async function freeCache(
  names: readonly string[],
  warn: (text: string) => void = () => {},
): Promise<readonly CacheEntry[]> {
  const entries = await listAll()
  const chosen = names.map(name => {
    const one = entries.find(other => other.name === name)
    if (one) return one
    const known = entries.filter(isCached).map(other => other.name)
    const advice = didYouMean(nearest(name, known)) ?? `cached: ${known.join(', ') || 'nothing'}`
    throw new Fault('usage', `not in the cache: ${name}; ${advice}`)
  })
  for (const {repository, path} of new Set(chosen.filter(isCached))) {
    if (repository) await freeRepository(hubCacheFolder(), repository)
    else await freeFolder(path)
  }
  return [...new Set(chosen)].map(entry => withoutShared(entry, warn))
}

function withoutShared(entry: CacheEntry, warn: (text: string) => void): CacheEntry {
  const shared = entry.repository?.sharedBytes ?? 0
  if (shared === 0) return entry
  const where = join(hubCacheFolder(), 'blobs')
  warn(
    `${entry.name}: ${formatBytes(shared)} stay in ${where}, where huggingface_hub keeps what repositories share; hf cache prune deletes what none uses`,
  )
  return {...entry, bytes: entry.bytes - shared}
}

async function freeFolder(path: string): Promise<void> {
  try {
    if (await isLink(path)) {
      for (const name of await readdir(path)) await remove(join(path, name)) // the folder may be on another disk, and stays
      return
    }
    const aside = await temporaryBeside(path)
    await rename(path, aside) // a program that writes there now makes a new folder
    await rm(aside, {recursive: true})
  } catch (error) {
    throw ioFault(dirname(path), error)
  }
}
