import {Fault, prefixFaults} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import type {Choose} from './choose-files.ts'
import type {HubFile} from './hub-file.ts'
import {cachedCommit, isCached, repositoryFolder} from './layout.ts'
import {checkReference, type HubReference, isCommit, shortName} from './names.ts'
import {NO_REVISION} from './remote.ts'
import {type HubOptions, listRepository, resolveCommit} from './repository.ts'
import {snapshotFiles} from './snapshot-files.ts'
import {readTree} from './tree-cache.ts'

/** The files that are needed of a repository, and how many of them are cached. */
export interface RepositoryFiles {
  /** The reference as it was given, possibly with a branch. */
  readonly reference: HubReference
  readonly commit: string
  /** The repository's folder in the cache. */
  readonly folder: string
  readonly files: readonly HubFile[]
  /** The files that have to be downloaded. */
  readonly missing: readonly HubFile[]
  /** The files whose bytes are in the cache, but not linked from the commit's snapshot. */
  readonly unlinked: readonly HubFile[]
  /** All files of the commit, if the hub has just listed them. */
  readonly listed?: readonly HubFile[]
}

/**
 * Finds the files of a repository that `choose` needs. The hub resolves a branch to its commit and lists the commit's files,
 * unless the cache has the list: a commit never changes. If the hub cannot be reached or refuses, as when a token has expired,
 * the cache is used, which `onWait` reports.
 */
export async function findFiles(
  reference: HubReference,
  choose: Choose,
  options: HubOptions,
): Promise<RepositoryFiles> {
  checkReference(reference)
  const folder = repositoryFolder(options.settings.cache, reference)
  return prefixFaults(shortName(reference), async () => {
    const commit = await commitOf(reference, folder, options)
    const {files, listed} = await chooseFiles({...reference, revision: commit}, {folder, choose, options})
    const here = await Promise.all(files.map(file => isCached(folder, commit, file)))
    return {
      reference,
      commit,
      folder,
      files,
      missing: files.filter((_, i) => here[i] === undefined),
      unlinked: files.filter((_, i) => here[i] === 'blob'),
      listed,
    }
  })
}

async function commitOf(reference: HubReference, folder: string, options: HubOptions): Promise<string> {
  if (isCommit(reference.revision)) return reference.revision
  const known = async () => cachedCommit(folder, reference.revision)
  return orCached(() => resolveCommit(reference, options), known, options)
}

async function chooseFiles(
  at: HubReference,
  {folder, choose, options}: {readonly folder: string; readonly choose: Choose; readonly options: HubOptions},
): Promise<{readonly files: readonly HubFile[]; readonly listed?: readonly HubFile[]}> {
  const cached = await readTree(folder, at.revision)
  if (cached) return {files: choose(cached)}
  const found = await orCached<Listing | {readonly files: readonly HubFile[]}>(
    () => listRepository(at, options),
    () => snapshotFiles(folder, at.revision, choose),
    options,
  )
  if (!('odd' in found)) return found
  const {files, odd} = found
  const invalid = odd.map(path => ({path, bytes: 0, gitOid: ''}))
  const needed = choose([...files, ...invalid])
  const wrong = needed.find(({gitOid}) => gitOid === '')
  if (!wrong) return {files: needed, listed: odd.length === 0 ? files : undefined}
  const why = 'its path, size or hash is not valid'
  throw new Fault('input', `the hub lists an invalid file: ${escapeLine(wrong.path, 120)}: ${why}`)
}

type Listing = Awaited<ReturnType<typeof listRepository>>

/** Returns the hub's response, or the cache's content if the hub may not or cannot be reached, or refuses. */
async function orCached<T extends object | string>(
  request: () => Promise<T>,
  known: () => Promise<T | undefined>,
  {settings, onWait}: HubOptions,
): Promise<T> {
  if (settings.offline) {
    const cached = await known()
    if (cached !== undefined) return cached
    throw new Fault('io', `not in the cache, ${settings.cache}`)
  }
  try {
    return await request()
  } catch (error) {
    if (!(error instanceof Fault) || error.message === NO_REVISION) throw error
    const cached = await known()
    if (cached === undefined) throw error
    onWait?.(`${error.message}: continuing with the cache`)
    return cached
  }
}
