import {realpathSync} from 'node:fs'
import {basename, relative} from 'node:path'

/** A path as a user would type it: relative to the working folder if that is shorter, else unchanged. */
export function displayPath(path: string): string {
  const shown = relative(process.cwd(), path)
  if (shown === '') return basename(path)
  return shown.length < path.length ? shown : path
}

/** Whether a path is the folder or below it. Links are not followed. */
export const isBelow = (path: string, folder = process.cwd()): boolean => !/^\.\.([\\/]|$)/.test(relative(folder, path))

/** Whether two paths lead to one file or folder, links followed; a path that leads nowhere is compared as text. */
export const isSameFile = (a: string, b: string): boolean => a === b || realPath(a) === realPath(b)

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
