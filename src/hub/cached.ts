import {lstat, readdir, readlink, rename, rm, stat} from 'node:fs/promises'
import {join, relative, resolve} from 'node:path'
import {sum} from '../base/collections.ts'
import {Fault, ioFault} from '../base/fault.ts'
import {listFiles} from '../base/list-files.ts'
import {withLock} from '../base/lock.ts'
import {isBelow} from '../base/paths.ts'
import {temporaryBeside} from '../base/temporary.ts'
import {readRef} from './layout.ts'
import {isCommit, isRepository} from './names.ts'

/** The part of a repository that is in the cache, whichever program downloaded it. */
export interface CachedRepository {
  readonly kind: 'model' | 'dataset'
  readonly name: string
  readonly path: string
  /** The bytes on the disk, including partial downloads. */
  readonly bytes: number
  /** The bytes of its files in the cache's `blobs`, which huggingface_hub 2 shares among repositories; they stay when it is removed. */
  readonly sharedBytes: number
  readonly commits: readonly string[]
  /** The commits of branches and tags when they were downloaded. */
  readonly refs: Readonly<Record<string, string>>
}

/** The models and datasets in a cache of Python's layout. */
export async function cachedRepositories(cache: string): Promise<readonly CachedRepository[]> {
  const found = (await namesIn(cache)).map(async entry => {
    const [, kind, owner, name] = /^(model|dataset)s--(.+?)--(.+)$/.exec(entry) ?? []
    const path = join(cache, entry)
    if (owner === undefined || !isRepository(`${owner}/${name}`)) return []
    const file = await lstat(path).catch(() => undefined) // another process may have removed it
    if (!file?.isDirectory()) return []
    const commits = (await namesIn(join(path, 'snapshots'))).filter(isCommit)
    const known = {kind: kind === 'model' ? ('model' as const) : ('dataset' as const), name: `${owner}/${name}`}
    const [bytes, sharedBytes] = [await bytesIn(path), await sharedBytesIn(join(path, 'blobs'), join(cache, 'blobs'))]
    return [{...known, path, bytes, sharedBytes, commits, refs: await refsIn(join(path, 'refs'))}]
  })
  return (await Promise.all(found)).flat().sort((a, b) => b.bytes - a.bytes)
}

/** Removes a repository from the cache in one step, unless it is being fetched. */
export async function freeRepository(cache: string, {path, name}: CachedRepository): Promise<void> {
  const lock = join(cache, '.locks', `${relative(cache, path)}.svft`)
  try {
    await withLock(lock, async () => {
      const aside = await temporaryBeside(path)
      await rename(path, aside)
      await rm(aside, {recursive: true})
    })
  } catch (error) {
    throw error instanceof Fault ? new Fault(error.kind, `${name}: ${error.message}`) : ioFault(path, error)
  }
}

/** The bytes of the files below a folder, without links, many of which may point to one blob. */
export async function bytesIn(folder: string): Promise<number> {
  const sizes = (await listFiles(folder)).map(async name => {
    const found = await lstat(join(folder, name)).catch(() => undefined)
    return found?.isFile() ? found.size : 0
  })
  return sum(await Promise.all(sizes))
}

/** The bytes behind those links of a folder that lead into `shared`. */
async function sharedBytesIn(folder: string, shared: string): Promise<number> {
  const sizes = (await namesIn(folder)).map(async name => {
    const target = await readlink(join(folder, name)).catch(() => undefined) // most are files, not links
    const path = target === undefined ? undefined : resolve(folder, target)
    const found = path !== undefined && isBelow(path, shared) ? await stat(path).catch(() => undefined) : undefined
    return found?.isFile() ? found.size : 0
  })
  return sum(await Promise.all(sizes))
}

async function refsIn(folder: string): Promise<Record<string, string>> {
  const refs = (await listFiles(folder)).map(async name => [name, await readRef(join(folder, name))] as const)
  return Object.fromEntries(await Promise.all(refs))
}

const namesIn = (folder: string) => readdir(folder).catch(() => [])
