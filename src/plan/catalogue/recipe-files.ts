import {readdir, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Fault} from '../../base/fault.ts'
import {recipesOfPaper, unknownPaperName} from './paper-recipes.ts'

/** The folder of the recipes that ship with svft. */
export const shippedRecipesFolder = () => fileURLToPath(new URL('../../../configs', import.meta.url))

/**
 * Finds the recipe files at these paths, in order. A folder stands for all files below it, except those that others
 * extend, `_….yaml`; `table1` or `figure4`, unless there is such a file, for the shipped recipes that reproduce it.
 */
export async function findRecipeFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    const kind = await stat(path).catch(() => undefined)
    if (kind?.isDirectory()) found.push(...(await recipesBelow(path)))
    else if (kind) found.push(path)
    else found.push(...((await recipesOfPaper(path, await recipesBelow(shippedRecipesFolder()))) ?? [asFile(path)]))
  }
  if (found.length === 0) throw new Fault('usage', `no recipes in ${paths.join(', ')}`)
  return [...new Set(found)]
}

/** Takes a path as a file, whose mistakes are found when it is read, unless it is a misspelt table or figure. */
function asFile(path: string): string {
  const fault = unknownPaperName(path)
  if (fault) throw fault
  return path
}

async function recipesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true})
  return entries
    .filter(entry => entry.isFile() && /\.ya?ml$/.test(entry.name) && !entry.name.startsWith('_'))
    .map(({parentPath, name}) => join(parentPath, name))
    .sort()
}
