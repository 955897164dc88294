import {lstat, readdir, rename, rm} from 'node:fs/promises'
import {join, relative, sep} from 'node:path'
import {Fault} from '../base/fault.ts'
import {ioFault} from '../base/io-fault.ts'
import {withLock} from '../base/lock.ts'
import {temporaryBeside} from '../base/temporary.ts'
import {readRef} from './layout.ts'
import {isCommit, isRepository} from './names.ts'

/** The part of a repository that the cache holds, whichever program fetched it. */
export interface CachedRepository {
  readonly kind: 'model' | 'dataset'
  readonly name: string
  readonly path: string
  /** On the disk, begun downloads with it. */
  readonly bytes: number
  readonly commits: readonly string[]
  /** Branches and tags, by the commit that they were at. */
  readonly refs: Readonly<Record<string, string>>
}

/** The models and datasets in a cache of Python's layout. */
export async function cachedRepositories(cache: string): Promise<readonly CachedRepository[]> {
  const found = (await namesIn(cache)).map(async entry => {
    const [, kind, owner, name] = /^(model|dataset)s--(.+?)--(.+)$/.exec(entry) ?? []
    const path = join(cache, entry)
    if (owner === undefined || !isRepository(`${owner}/${name}`) || !(await lstat(path)).isDirectory()) return []
    const commits = (await namesIn(join(path, 'snapshots'))).filter(isCommit)
    const known = {kind: kind === 'model' ? ('model' as const) : ('dataset' as const), name: `${owner}/${name}`}
    return [{...known, path, bytes: await bytesIn(path), commits, refs: await refsIn(join(path, 'refs'))}]
  })
  return (await Promise.all(found)).flat().sort((a, b) => b.bytes - a.bytes)
}

/** Removes a repository from the cache at once, unless somebody fetches it now. */
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

/** Bytes of the files below a folder, links not counted: many may lead to one blob. */
export async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => [])
  const sizes = entries.map(async entry => {
    if (!entry.isFile()) return 0
    const found = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined)
    return found?.size ?? 0
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

async function refsIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => [])
  const refs = entries
    .filter(entry => entry.isFile())
    .map(async entry => {
      const path = join(entry.parentPath, entry.name)
      return [relative(folder, path).split(sep).join('/'), await readRef(path)] as const
    })
  return Object.fromEntries(await Promise.all(refs))
}

const namesIn = (folder: string) => readdir(folder).catch(() => [])
