import {lstat, mkdir, realpath, rename, rm, stat, symlink} from 'node:fs/promises'
import {dirname, join, relative} from 'node:path'
import {Fault, ioFault} from '../base/fault.ts'
import {makeFolder, sync, writeText} from '../base/files.ts'
import {readText} from '../base/read-file.ts'
import {temporaryBeside} from '../base/temporary.ts'
import {type HubFile, oidOf} from './hub-file.ts'
import {type HubReference, isCommit} from './names.ts'

// Python's layout: models--owner--name/ has blobs/<hash of the bytes>, snapshots/<commit>/<path>, links to blobs, and
// refs/<branch>, which holds a commit.

export const repositoryFolder = (cache: string, {kind, name}: Omit<HubReference, 'revision'>) =>
  join(cache, [`${kind}s`, ...name.split('/')].join('--'))

export const snapshotFolder = (folder: string, commit: string) => join(folder, 'snapshots', commit)

export const blobPath = (folder: string, file: HubFile) => join(folder, 'blobs', oidOf(file))

/** The commit of a branch or tag according to the cache. */
export async function cachedCommit(folder: string, revision: string): Promise<string | undefined> {
  const text = await readRef(join(folder, 'refs', revision))
  return isCommit(text) ? text : undefined
}

/** The commit in the cache's file of a branch or tag; empty if it cannot be read. */
export const readRef = async (path: string): Promise<string> =>
  ((await readText(path, {most: 1000}).catch(() => '')) ?? '').trim()

/** Records the commit of a branch, after its snapshot is complete, since Python would otherwise report a corrupt cache. */
export async function writeCommit(folder: string, revision: string, commit: string): Promise<void> {
  if (isCommit(revision)) return
  const path = join(folder, 'refs', revision)
  await makeFolder(dirname(path))
  await writeText(path, commit)
}

/** Whether a file of this size is in the snapshot or among the blobs; its hash was verified when it was downloaded. */
export async function isCached(folder: string, commit: string, file: HubFile): Promise<'linked' | 'blob' | undefined> {
  const has = async (path: string) => {
    const found = await stat(path).catch(() => undefined)
    return found?.isFile() === true && found.size === file.bytes
  }
  if (await has(join(snapshotFolder(folder, commit), file.path))) return 'linked'
  return (await has(blobPath(folder, file))) ? 'blob' : undefined
}

/** Links a blob from a snapshot under its path. */
export async function linkFile(folder: string, commit: string, file: HubFile): Promise<void> {
  const link = join(snapshotFolder(folder, commit), file.path)
  const blob = blobPath(folder, file)
  try {
    await mkdir(dirname(link), {recursive: true})
    const expected = join(await realpath(folder), relative(folder, dirname(link)))
    if ((await realpath(dirname(link))) !== expected) {
      throw new Fault('io', `${dirname(link)}: a link in this folder points outside the cache; remove it`)
    }
    if ((await lstat(link).catch(() => undefined))?.isDirectory()) await rm(link, {recursive: true})
    const temporary = await temporaryBeside(link)
    await symlink(relative(dirname(link), blob), temporary)
    await rename(temporary, link)
    await sync(dirname(link))
  } catch (error) {
    throw ioFault(link, error)
  }
}
