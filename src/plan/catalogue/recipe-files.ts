import {readdir, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Fault} from '../../base/fault.ts'
import {nearest} from '../../base/nearest.ts'
import {PAPER_POINTS} from '../../paper/points.ts'
import {PAPER_ROWS} from '../../paper/rows.ts'
import {readRecipes} from '../../recipes/file/read.ts'

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

/** Takes a path as a file, whose mistakes are found when it is read, unless it is a misspelt table or figure: `tabel1`, `table7`. */
function asFile(path: string): string {
  const known = [
    ...new Set([...PAPER_ROWS.map(({table}) => `table${table}`), ...PAPER_POINTS.map(({figure}) => `figure${figure}`)]),
  ]
  if (/^(table|figure)\d+$/.test(path))
    throw new Fault('usage', `neither a file nor a table or figure of the paper: ${path}; known: ${known.join(', ')}`)
  const near = /[./\\]/.test(path) ? undefined : nearest(path, known)
  if (near !== undefined) throw new Fault('usage', `no such file: ${path}; did you mean ${near}?`)
  return path
}

const CELLS: Readonly<Record<string, (number: number) => readonly {readonly cell: string}[]>> = {
  table: number => PAPER_ROWS.filter(({table}) => table === number),
  figure: number => PAPER_POINTS.filter(({figure}) => figure === number),
}

/** The recipe files that reproduce a table or figure, `table1`, `figure4`; undefined for any other word. */
async function recipesOfPaper(word: string, files: readonly string[]): Promise<string[] | undefined> {
  const [, kind = '', number] = /^(table|figure)(\d{1,2})$/.exec(word) ?? []
  const cells = new Set(CELLS[kind]?.(Number(number)).map(({cell}) => cell))
  if (cells.size === 0) return undefined
  const read = await readRecipes(files)
  return files.filter((_, i) => {
    const {cell, also = []} = read[i].recipe.paper ?? {}
    return cell !== undefined && [cell, ...also].some(name => cells.has(name))
  })
}

async function recipesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true})
  return entries
    .filter(entry => entry.isFile() && /\.ya?ml$/.test(entry.name) && !entry.name.startsWith('_'))
    .map(({parentPath, name}) => join(parentPath, name))
    .sort()
}
