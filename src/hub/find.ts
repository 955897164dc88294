import {Fault, prefixFault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {TransientError} from '../download/transient-error.ts'
import type {Choose} from './choose.ts'
import {cachedCommit, isCached, repositoryFolder} from './layout.ts'
import {checkReference, type HubReference, isCommit, shortName} from './names.ts'
import {type HubOptions, listRepository, resolveCommit} from './repository.ts'
import {snapshotFiles} from './snapshot-files.ts'
import type {HubFile} from './tree.ts'
import {readTree} from './tree-cache.ts'

/** The files that are needed of a repository, and how many of them are cached. */
export interface RepositoryFiles {
  /** The reference as it was given, possibly with a branch. */
  readonly reference: HubReference
  readonly commit: string
  /** The repository's, in the cache. */
  readonly folder: string
  readonly files: readonly HubFile[]
  /** Those of them that have to be downloaded. */
  readonly missing: readonly HubFile[]
  /** Those whose bytes are here and have no place in the commit's snapshot yet. */
  readonly unlinked: readonly HubFile[]
  /** All files of the commit, where the hub has just listed them. */
  readonly listed?: readonly HubFile[]
}

/**
 * Finds what `choose` needs of a repository. The hub lists a branch's commit and a commit's files, unless the cache has
 * the latter: a commit never changes. Where the hub is out of reach, the cache is used, which `onWait` reports.
 */
export async function find(reference: HubReference, choose: Choose, options: HubOptions): Promise<RepositoryFiles> {
  checkReference(reference)
  const folder = repositoryFolder(options.settings.cache, reference)
  try {
    const commit = await commitOf(reference, folder, options)
    const {files, listed} = await chosen({...reference, revision: commit}, {folder, choose, options})
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
  } catch (error) {
    throw prefixFault(shortName(reference), error)
  }
}

async function commitOf(reference: HubReference, folder: string, options: HubOptions): Promise<string> {
  if (isCommit(reference.revision)) return reference.revision
  const known = async () => cachedCommit(folder, reference.revision)
  return orCached(() => resolveCommit(reference, options), known, options)
}

async function chosen(
  at: HubReference,
  {folder, choose, options}: {readonly folder: string; readonly choose: Choose; readonly options: HubOptions},
): Promise<{readonly files: readonly HubFile[]; readonly listed?: readonly HubFile[]}> {
  const kept = await readTree(folder, at.revision)
  if (kept) return {files: choose(kept)}
  const fromHub = async () => {
    const {files, odd} = await listRepository(at, options)
    const strange = odd.map(path => ({path, bytes: 0, gitOid: ''}))
    const needed = choose([...files, ...strange])
    const wrong = needed.find(({gitOid}) => gitOid === '')
    if (!wrong) return {files: needed, listed: odd.length === 0 ? files : undefined}
    const why = 'its path leads elsewhere, or its size or hash cannot be one'
    throw new Fault('input', `the hub lists a file that is refused: ${escapeLine(wrong.path, 120)}: ${why}`)
  }
  return orCached(fromHub, () => snapshotFiles(folder, at.revision, choose), options)
}

/** The hub's response; the cache's content where the hub may not be reached or does not respond. */
async function orCached<T extends object | string>(
  ask: () => Promise<T>,
  known: () => Promise<T | undefined>,
  {settings, onWait}: HubOptions,
): Promise<T> {
  if (settings.offline) {
    const kept = await known()
    if (kept !== undefined) return kept
    throw new Fault('io', `not in the cache, ${settings.cache}`)
  }
  try {
    return await ask()
  } catch (error) {
    const isAway = error instanceof Fault && error.cause instanceof TransientError
    const kept = isAway ? await known() : undefined
    if (kept === undefined) throw error
    onWait?.(`${(error as Fault).message}: going on with what the cache has`)
    return kept
  }
}
