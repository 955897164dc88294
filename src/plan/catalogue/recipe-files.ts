import {stat} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {entriesBelow} from '../../base/list-files.ts'
import {escapeLine} from '../../base/printable.ts'
import {readText} from '../../base/read-file.ts'
import {didYouMean, nearest, suggestion} from '../../base/text/nearest.ts'
import {nearestTable, SHORT_NAMES, versionOfLetter} from '../../paper/parse-choice.ts'
import {PAPER_POINTS} from '../../paper/points.ts'
import type {PaperVersion} from '../../paper/rows.ts'
import {DEFAULT_VERSION, isSameRun, PAPER_CELLS, paperPoints, paperRows, tableNames} from '../../paper/versions.ts'
import {cellsOf} from '../../recipes/file/paper-row.ts'
import {readRecipes} from '../../recipes/file/read.ts'
import {orShipped, shippedRecipesFolder} from '../../recipes/file/shipped-recipes.ts'
import {isSweep} from '../../recipes/file/yaml/tree.ts'
import {parseYaml} from '../../recipes/file/yaml/yaml-source.ts'

/** The YAML files that `svft export` writes, by default into the folder that may hold the recipes. */
export const EXPORTED = {k8s: 'svft-job.yaml', skypilot: 'svft.sky.yaml'} as const

/**
 * Finds the recipe files at these paths, in order. A folder stands for all files below it, except sweep files, exported ones
 * and those that others extend, `_….yaml`; `table1` or `figure4`, of `version`, `t1` or `n1`, or a row, `n9.svf_7`, unless there
 * is such a file, for the shipped recipes that reproduce it.
 */
export async function findRecipeFiles(
  paths: readonly string[],
  version: PaperVersion = DEFAULT_VERSION,
): Promise<string[]> {
  const found: string[] = []
  for (const path of paths.map(written => orShipped(written))) {
    const kind = await stat(path).catch(() => undefined)
    if (kind?.isDirectory()) {
      const below = await recipesBelow(path)
      if (below.length === 0) throw new Fault('usage', `no recipes in ${path}`)
      found.push(...below)
    } else if (kind) found.push(path)
    else found.push(...((await recipesOfPaper(path, version)) ?? [asFile(path, version)]))
  }
  if (found.length === 0) throw new Fault('usage', `no recipes in ${paths.join(', ')}`)
  return [...new Set(found)]
}

/** The shipped recipes that reproduce a row of a version. */
export async function recipesOfVersion(version: PaperVersion): Promise<string[]> {
  return recipesWith(paperRows(version))
}

/**
 * Takes a path as a file, whose mistakes are found when it is read, unless it is a misspelt table, figure or row: `tabel1`,
 * `table7`, `N4`, `n9.svf_8`.
 */
function asFile(path: string, version: PaperVersion): string {
  const words = [...tableNames(version, 'table'), ...FIGURES]
  const [, kind] = /^(table|figure|[tnf])\d+(\.[^/\\]*)?$/i.exec(path) ?? []
  if (kind !== undefined && !/\.(ya?ml|json)$/.test(path))
    throw new Fault('usage', unknownName(path, {kind: kind.toLowerCase(), words}))
  const near = /[./\\]/.test(path) ? undefined : nearest(path, words)
  if (near !== undefined) throw new Fault('usage', `no such file: ${path}; ${didYouMean(near)}`)
  return path
}

/** The figures whose points recipes reproduce: `figure1`. */
const FIGURES: readonly string[] = [...new Set(PAPER_POINTS.map(({figure}) => `figure${figure}`))]

/** The message about a name that is not in the paper: the nearest one, and all others, of a row those of its table. */
function unknownName(name: string, {kind, words}: {readonly kind: string; readonly words: readonly string[]}): string {
  const tableOf = (cell: string) => cell.toLowerCase().split('.')[0]
  const rows = name.includes('.') ? PAPER_CELLS.filter(cell => tableOf(cell) === tableOf(name)) : []
  const short = versionOfLetter(kind)
  const known = rows.length > 0 ? rows : short ? tableNames(short, kind) : words
  const near =
    rows.length > 0 || kind === 'figure' ? nearest(name, known) : nearestTable(name, [...known, ...SHORT_NAMES])
  return `neither a file nor a table, row or figure of the paper: ${escapeLine(name, 60)}; ${suggestion(near, known)}`
}

/**
 * The recipe files that reproduce a table, row or figure, `table1`, `n4`, `n9.svf_7`, `figure4`; undefined for any other
 * word.
 */
async function recipesOfPaper(word: string, version: PaperVersion): Promise<string[] | undefined> {
  if (PAPER_CELLS.includes(word)) return recipesWith([{cell: word}])
  const [, kind, digits] = /^(table|figure|t|n)(\d{1,2})$/.exec(word) ?? []
  const number = Number(digits)
  const named = versionOfLetter(kind) ?? version
  const cells =
    kind === 'figure'
      ? paperPoints(named).filter(({figure}) => figure === number)
      : paperRows(named).filter(({table}) => table === number)
  return cells.length > 0 ? recipesWith(cells) : undefined
}

/** The shipped recipes that are the run of one of these cells. */
async function recipesWith(cells: readonly {readonly cell: string}[]): Promise<string[]> {
  const files = await recipesBelow(shippedRecipesFolder())
  const read = await readRecipes(files)
  return files.filter((_, i) => cells.some(({cell}) => isSameRun(cellsOf(read[i].recipe), cell)))
}

async function recipesBelow(folder: string): Promise<string[]> {
  const entries = await entriesBelow(folder)
  const files = entries
    .filter(entry => entry.isFile() && /\.ya?ml$/.test(entry.name) && !entry.name.startsWith('_'))
    .filter(({name}) => !Object.values<string>(EXPORTED).includes(name))
    .map(({parentPath, name}) => join(parentPath, name))
    .sort()
  const areSweeps = await Promise.all(files.map(isSweepFile))
  return files.filter((_, i) => !areSweeps[i])
}

async function isSweepFile(file: string): Promise<boolean> {
  const text = await readText(file).catch(() => undefined) // whoever reads it as a recipe reports the fault
  if (!text?.includes('recipes')) return false // most recipes need not be parsed
  const {tree} = parseYaml({name: file, text, folder: dirname(file)})
  return tree !== undefined && isSweep(tree)
}
