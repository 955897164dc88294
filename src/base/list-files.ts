import type {Dirent, Stats} from 'node:fs'
import {readdir, realpath, stat} from 'node:fs/promises'
import {join, relative, sep} from 'node:path'
import {throwIoFault} from './fault.ts'

/** Whether an entry is a folder, or a link that may lead to one, as to runs on a larger disk. */
export const mayBeFolder = (entry: Dirent): boolean => entry.isDirectory() || entry.isSymbolicLink()

/**
 * The folders from `folder` down that are wanted, by their paths and the names of their files, in the order of their paths. They
 * are not searched further. Links are followed, but no folder is searched twice, so that links to folders above them do no harm;
 * hidden folders are left out. `onError` gets those that cannot be read.
 */
export async function findFolders(
  folder: string,
  isWanted: (path: string, files: readonly string[]) => boolean,
  onError: (path: string, error: NodeJS.ErrnoException) => void = () => {},
): Promise<string[]> {
  const searched = new Set<string>()
  const search = async (path: string, depth: number): Promise<string[]> => {
    if (depth > 0 && isWanted(path, [])) return [path] // by its name: reading hundreds of folders takes time
    const real = await realpath(path).catch(() => path)
    if (searched.has(real)) return []
    if (depth < DEEPEST) searched.add(real)
    const entries = await readdir(path, {withFileTypes: true}).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTDIR' || depth === 0) onError(path, error) // else a link to a file
      return []
    })
    const files = entries.filter(entry => entry.isFile()).map(({name}) => name)
    if (isWanted(path, files)) return [path]
    if (depth === DEEPEST) return []
    const below = entries.filter(entry => mayBeFolder(entry) && !entry.name.startsWith('.'))
    const found = new Map<string, string[]>()
    for (const {name} of below.toSorted(linksLast)) found.set(name, await search(join(path, name), depth + 1))
    return [...found.keys()].sort().flatMap(name => found.get(name) ?? [])
  }
  return search(folder, 0)
}

/** A folder that a link leads to is found by its own path where there is one. */
const linksLast = (a: Dirent, b: Dirent) => Number(a.isSymbolicLink()) - Number(b.isSymbolicLink())

const DEEPEST = 8

/** What the system says of a file or folder; links are followed. @throws Fault 'io' if there is none */
export const statOf = (path: string): Promise<Stats> => stat(path).catch(throwIoFault(path))

/** The names in a folder. @throws Fault 'io' if it cannot be read */
export const listNames = (folder: string): Promise<string[]> => readdir(folder).catch(throwIoFault(folder))

/** All entries below a folder, but none behind a link, which `recursive` follows in Node 26. */
export async function entriesBelow(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, {withFileTypes: true})
  const nested = entries.map(entry => (entry.isDirectory() ? entriesBelow(join(folder, entry.name)) : []))
  return [...entries, ...(await Promise.all(nested)).flat()]
}

/** The paths of all files and links below a folder, relative to it and with `/`; none if it cannot be read. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await entriesBelow(folder).catch(() => [])
  return entries
    .filter(entry => !entry.isDirectory())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
}
