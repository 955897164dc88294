import {readdir, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Fault} from '../../base/fault.ts'
import {recipesOfPaper, unknownPaperName} from './paper-recipes.ts'

/** The recipes that ship with svft. */
export const shippedRecipesFolder = () => fileURLToPath(new URL('../../../configs', import.meta.url))

/**
 * The recipe files at these paths, in order: of a folder all below it, but those that others extend, `_….yaml`; of
 * `table1` or `figure4`, where no file is called so, those that ship with svft and repeat what is printed there.
 */
export async function findRecipeFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    const kind = await stat(path).catch(() => undefined)
    if (kind?.isDirectory()) found.push(...(await recipesBelow(path)))
    else if (kind) found.push(path)
    else found.push(...((await recipesOfPaper(path, await recipesBelow(shippedRecipesFolder()))) ?? [asFile(path)]))
  }
  if (found.length === 0) throw new Fault('usage', `no recipe below ${paths.join(', ')}`)
  return [...new Set(found)]
}

/** What is wrong with a file is told where it is read; that it should be none, here. */
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
