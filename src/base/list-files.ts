import type {Dirent} from 'node:fs'
import {readdir} from 'node:fs/promises'
import {join, relative, sep} from 'node:path'

/** Whether an entry is a folder, or a link that may lead to one, as to runs on a larger disk. */
export const mayBeFolder = (entry: Dirent): boolean => entry.isDirectory() || entry.isSymbolicLink()

/** The paths of all files and links below a folder, relative to it and with `/`; none if it cannot be read. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => [])
  return entries
    .filter(entry => !entry.isDirectory())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
}
