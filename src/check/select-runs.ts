import {existsSync} from 'node:fs'
import {readdir, stat} from 'node:fs/promises'
import {join, resolve} from 'node:path'
import {Fault} from '../base/fault.ts'
import {groupBy} from '../base/group-by.ts'
import {ioFault} from '../base/io-fault.ts'
import {parseObject} from '../base/json.ts'
import {displayPath} from '../base/paths.ts'
import {readText} from '../base/read-text.ts'
import {readRuns} from '../results/results-file.ts'
import {readCells} from '../sweep/cells.ts'
import {parseSeeds} from '../sweep/seeds.ts'
import {openCells} from '../sweep/sweep.ts'
import type {Unfinished} from './gates/compare-runs.ts'
import type {RunFacts} from './gates/facts.ts'
import {factsOf} from './run-facts.ts'

export interface AskedRuns {
  readonly runs: readonly RunFacts[]
  readonly unfinished: readonly Unfinished[]
  /** The recipes that were asked for, where recipes were and not folders of runs. */
  readonly asked?: readonly string[]
  /** Of each of them, how many seeds. */
  readonly seeds?: ReadonlyMap<string, number>
  /** Their files. */
  readonly files: ReadonlyMap<string, string>
  readonly warnings: readonly string[]
}

/** A folder of runs begins with one of these files at most so deep. */
const DEEPEST = 8

/**
 * The finished runs of what is asked for: those below folders of runs, or those of the cells of sweeps and recipes, as
 * `svft sweep` would run them, below the working folder. `seeds` and `set` go with the latter.
 */
export async function askedRuns(
  what: readonly string[],
  {seeds, set = []}: {readonly seeds?: string | undefined; readonly set?: readonly string[] | undefined},
): Promise<AskedRuns> {
  const kinds = await Promise.all(what.map(isRuns))
  const folders = what.filter((_, i) => kinds[i])
  const recipes = what.filter((_, i) => !kinds[i])
  if (folders.length > 0 && recipes.length > 0) {
    throw new Fault('usage', `folders of runs, or recipes and sweeps, not both: ${what.join(' ')}`)
  }
  if (folders.length === 0) return ofCells({what: recipes, seeds: seeds === undefined ? [] : parseSeeds(seeds), set})
  if (seeds !== undefined || set.length > 0) {
    throw new Fault(
      'usage',
      `--seeds and --set go with recipes and sweeps, not with folders of runs: ${folders.join(' ')}`,
    )
  }
  return ofFolders(folders)
}

async function isRuns(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined) // what is wrong with a recipe's path is told where it is read
  if (!found?.isDirectory()) return false
  const names = await readdir(path, {recursive: true})
  return !names.some(name => /\.ya?ml$/.test(name))
}

async function ofFolders(folders: readonly string[]): Promise<AskedRuns> {
  const runs: RunFacts[] = []
  const unfinished: Unfinished[] = []
  const warnings: string[] = []
  const seen = new Set<string>()
  for (const folder of folders) {
    const found = await readRuns(folder)
    warnings.push(...found.warnings)
    const read = new Set(found.runs.map(({folder}) => resolve(folder)))
    const isNew = (path: string) => !seen.has(resolve(path)) && seen.add(resolve(path)) // folders may lie in each other
    for (const run of found.runs.filter(({folder}) => isNew(folder))) runs.push(await factsOf(run.folder, run.row))
    for (const path of (await begun(folder, read)).filter(isNew)) {
      const why = existsSync(join(path, 'row.json')) ? 'its row.json cannot be read' : 'not finished'
      unfinished.push({recipe: await nameIn(path), says: `${displayPath(path)}: ${why}`})
    }
  }
  if (runs.length + unfinished.length === 0) throw new Fault('recipe', `no runs below ${folders.join(', ')}`)
  warnings.push(...runs.flatMap(run => run.warnings))
  return {runs, unfinished, files: new Map(), warnings}
}

/** The folders of runs that have begun and not finished: there is a recipe, and no row that was read. */
async function begun(folder: string, read: ReadonlySet<string>, depth = 0): Promise<string[]> {
  const entries = await readdir(folder, {withFileTypes: true}).catch(error => Promise.reject(ioFault(folder, error)))
  const has = (name: string) => entries.some(entry => entry.isFile() && entry.name === name)
  if (read.has(resolve(folder)) || depth > DEEPEST) return []
  if (has('recipe.json')) return [folder]
  const below = entries.filter(entry => entry.isDirectory()).map(({name}) => begun(join(folder, name), read, depth + 1))
  return (await Promise.all(below)).flat()
}

async function nameIn(folder: string): Promise<string> {
  const text = (await readText(join(folder, 'recipe.json'))) ?? ''
  return String(parseObject(text, displayPath(folder)).name)
}

async function ofCells(asked: Parameters<typeof readCells>[0]): Promise<AskedRuns> {
  const cells = await openCells(await readCells(asked))
  const runs: RunFacts[] = []
  const unfinished: Unfinished[] = []
  for (const {cell, folder, status} of cells) {
    const failed = 'failure' in status ? `: ${status.failure.message}` : ''
    if (status.state === 'done' && folder) runs.push(await factsOf(folder.path, status.row))
    else unfinished.push({recipe: cell.recipe.name, says: `seed ${cell.recipe.seed}: ${status.state}${failed}`})
  }
  const recipes = groupBy(
    cells.map(({cell}) => cell.recipe),
    ({name}) => name,
  )
  return {
    runs,
    unfinished,
    asked: [...recipes.keys()],
    seeds: new Map([...recipes].map(([name, own]) => [name, new Set(own.map(({seed}) => seed)).size])),
    files: new Map(cells.map(({cell}) => [cell.recipe.name, cell.file])),
    warnings: runs.flatMap(run => run.warnings),
  }
}
