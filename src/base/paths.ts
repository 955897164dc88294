import {basename, relative} from 'node:path'

/** A path as a person would type it in the working folder: relative below it, else as it is. */
export function displayPath(path: string): string {
  const shown = relative(process.cwd(), path)
  return shown === '' ? basename(path) : isBelow(path) ? shown : path
}

/** Whether a path is the folder or lies in it, by its text: links are not followed. */
export const isBelow = (path: string, folder = process.cwd()): boolean => !/^\.\.([\\/]|$)/.test(relative(folder, path))
