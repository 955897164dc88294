import {statfs} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {forEachConcurrently} from '../base/concurrent.ts'
import {Fault, prefixFaults} from '../base/fault.ts'
import {makeFolder} from '../base/files.ts'
import {formatBytes} from '../base/format-bytes.ts'
import {withLock} from '../base/lock.ts'
import {downloadFile, partBytes} from '../download/download-file.ts'
import type {RepositoryFiles} from './find-files.ts'
import {type HubFile, oidOf} from './hub-file.ts'
import {blobPath, isCached, linkFile, snapshotFolder, writeCommit} from './layout.ts'
import {pageOf, shortName} from './names.ts'
import {hubRemote} from './remote.ts'
import type {HubOptions} from './repository.ts'
import {writeTree} from './tree-cache.ts'

export interface SnapshotFetchOptions extends HubOptions {
  /** Called with the number of missing bytes downloaded so far. */
  readonly onBytes?: ((bytes: number) => void) | undefined
}

/** Downloads the missing files, several at a time, and returns the snapshot's folder. Two processes take turns. */
export async function fetchFound(found: RepositoryFiles, options: SnapshotFetchOptions): Promise<string> {
  const {reference, commit, folder, files, listed} = found
  const {settings, signal, onWait} = options
  const snapshot = snapshotFolder(folder, commit)
  const record = async () => {
    await writeCommit(folder, reference.revision, commit)
    if (listed) await writeTree(folder, commit, listed)
  }
  if (found.missing.length === 0 && found.unlinked.length === 0) {
    if (!settings.offline) await record().catch(() => {}) // a cache that others share may be read-only
    return snapshot
  }
  const name = shortName(reference)
  if (settings.offline && found.missing.length > 0) {
    const {path} = found.missing[0]
    throw new Fault('io', `${name}: ${path}: not in the cache, ${settings.cache}`)
  }
  const locks = join(settings.cache, '.locks', `${basename(folder)}.svft`)
  const work = async () => {
    await makeFolder(join(folder, 'blobs'))
    await receive(found, options)
    for (const file of files)
      if ((await isCached(folder, commit, file)) === 'blob') await linkFile(folder, commit, file)
    await record()
    return snapshot
  }
  return prefixFaults(name, () => withLock(locks, work, {wait: onWait, signal}))
}

async function receive(
  {reference, commit, folder, files}: RepositoryFiles,
  {settings, signal, onBytes, onWait}: SnapshotFetchOptions,
) {
  const here = await Promise.all(files.map(file => isCached(folder, commit, file))) // another process may have been first
  const missing = missingBlobs({folder, missing: files.filter((_, i) => here[i] === undefined)})
  await checkRoom(missing, settings.cache)
  let total = 0
  const page = pageOf(reference)
  const remote = hubRemote(settings, page)
  await forEachConcurrently(
    [...missing].sort(([, a], [, b]) => a.bytes - b.bytes),
    {width: WIDTH, signal},
    async ([path, file], signal) => {
      let before = 0
      await prefixFaults(file.path, () =>
        downloadFile({
          file: {name: file.path, bytes: file.bytes, hash: {kind: file.sha256 ? 'sha256' : 'git', hex: oidOf(file)}},
          address: `${settings.endpoint}/${page}/resolve/${commit}/${file.path.split('/').map(encodeURIComponent).join('/')}`,
          path,
          remote,
          signal,
          onWait,
          onBytes: done => {
            total += done - before
            before = done
            onBytes?.(total)
          },
        }),
      )
    },
  )
}

/** The missing files by the paths of their blobs; files with the same bytes are one blob. */
export const missingBlobs = ({
  folder,
  missing,
}: Pick<RepositoryFiles, 'folder' | 'missing'>): ReadonlyMap<string, HubFile> =>
  new Map(missing.map(file => [blobPath(folder, file), file]))

/** Throws if the disk of the cache lacks space for what remains to be downloaded. */
export async function checkRoom(blobs: ReadonlyMap<string, HubFile>, cache: string): Promise<void> {
  let needed = 0
  for (const [path, {bytes}] of blobs) needed += Math.max(0, bytes - (await partBytes(path)))
  const free = await freeBytes(cache)
  if (needed === 0 || needed + SPARE <= free) return
  const advice = 'free some (svft cache lists what is cached), or set HF_HUB_CACHE to a folder on another disk'
  throw new Fault('io', `${formatBytes(needed)} to download, and ${cache} has ${formatBytes(free)} left: ${advice}`)
}

/** The bytes that a user may still write to the disk of a folder. */
export async function freeBytes(folder: string): Promise<number> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined)
    if (found) return found.bavail * found.bsize
    if (at === dirname(at)) return 0
  }
}

const WIDTH = 4
const SPARE = 2 ** 26
