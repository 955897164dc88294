import {existsSync, realpathSync} from 'node:fs'
import {stat} from 'node:fs/promises'
import {basename, join, resolve} from 'node:path'
import {compact, groupBy} from '../base/collections.ts'
import {Fault, ioFault} from '../base/fault.ts'
import {parseObject} from '../base/json.ts'
import {entriesBelow, findFolders} from '../base/list-files.ts'
import {displayPath} from '../base/paths.ts'
import {readText} from '../base/read-file.ts'
import {attemptedRuns} from '../recipes/attempts.ts'
import {describeChange} from '../recipes/earlier/describe-change.ts'
import {openInputs} from '../recipes/experiment.ts'
import {FAILURE_FILE, readFailure} from '../recipes/failure.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {identify} from '../recipes/identity.ts'
import {RECIPE_FILE, RUN_SUFFIX, runFolderAt} from '../recipes/run-folder.ts'
import {ROW_FILE, readRuns} from '../results/results-file.ts'
import {readCells, type SweepRequest} from '../sweep/cells.ts'
import {openCells} from '../sweep/sweep.ts'
import type {UnfinishedRun} from './compare-runs.ts'
import {type RunFacts, readRunFacts} from './run-facts.ts'

/** The seeds and overrides of recipes and sweeps. */
export type SelectRunsOptions = Pick<SweepRequest, 'seeds' | 'set'>

export interface SelectedRuns {
  readonly runs: readonly RunFacts[]
  readonly unfinished: readonly UnfinishedRun[]
  /** The number of seeds of each recipe; undefined if folders of runs were given. */
  readonly recipes?: ReadonlyMap<string, number>
  /** The files of the recipes. */
  readonly files: ReadonlyMap<string, string>
  readonly warnings: readonly string[]
}

/**
 * Selects the finished runs below folders of runs, or those of the cells of sweeps and recipes, which `svft sweep` runs
 * below the working folder.
 */
export async function selectRuns(paths: readonly string[], options: SelectRunsOptions): Promise<SelectedRuns> {
  const {seeds, set = []} = options
  const isFolder = await Promise.all(paths.map(holdsRuns))
  const folders = paths.filter((_, i) => isFolder[i])
  const recipes = paths.filter((_, i) => !isFolder[i])
  if (folders.length === 0) return selectCells({paths: recipes, seeds, set})
  if (recipes.length > 0)
    throw new Fault('usage', `give folders of runs, or recipes and sweeps, not both: ${paths.join(' ')}`)
  if (seeds !== undefined || set.length > 0)
    throw new Fault(
      'usage',
      `--seeds and --set go with recipes and sweeps, not with folders of runs: ${folders.join(' ')}`,
    )
  return selectBelow(folders)
}

/** Whether a path is a folder without recipes. */
async function holdsRuns(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined) // a fault of a recipe's path is reported where it is read
  if (!found?.isDirectory()) return false
  const entries = await entriesBelow(path).catch(error => {
    throw ioFault(path, error)
  })
  return !entries.some(({name}) => /\.ya?ml$/.test(name))
}

async function selectBelow(folders: readonly string[]): Promise<SelectedRuns> {
  const seen = new Set<string>()
  const runs: RunFacts[] = []
  const unfinished: UnfinishedRun[] = []
  const warnings: string[] = []
  for (const folder of folders) {
    const found = await readRuns(folder)
    warnings.push(...found.warnings)
    for (const {folder, row} of found.runs) if (addPaths(seen, [folder])) runs.push(await readRunFacts(folder, row))
    for (const {path, own} of await findBegun(folder))
      if (addPaths(seen, [path, own]))
        unfinished.push({recipe: await readName(own), message: `${displayPath(path)}: ${await stateOf(path)}`})
  }
  if (runs.length + unfinished.length === 0) throw new Fault('recipe', `no runs below ${folders.join(', ')}`)
  return {runs, unfinished, files: new Map(), warnings: [...warnings, ...runs.flatMap(run => run.warnings)]}
}

/** Adds the real paths of one run to those seen, and returns whether none was: one folder may hold another, or a link to it. */
function addPaths(seen: Set<string>, paths: readonly string[]): boolean {
  const real = paths.filter(path => existsSync(path)).map(path => realpathSync(path))
  const isNew = !real.some(path => seen.has(path))
  for (const path of real) seen.add(path)
  return isNew
}

/** The runs below a folder that have begun, finished or not: for each, its folder and the one with its recipe. */
async function findBegun(folder: string): Promise<{readonly path: string; readonly own: string}[]> {
  const attempts = new Map((await attemptedRuns(folder)).map(({path, attempt}) => [path, attempt]))
  const begun = await findFolders(folder, (_, files) => files.includes(RECIPE_FILE) || files.includes(FAILURE_FILE))
  return [...new Set([...begun, ...attempts.keys()])].map(path => ({path, own: attempts.get(path) ?? path}))
}

/** The name of a run's recipe; of a run that failed before it wrote its recipe, the name as its folder spells it. */
async function readName(folder: string): Promise<string> {
  const text = await readText(join(folder, RECIPE_FILE))
  if (text === undefined) return basename(resolve(folder)).replace(RUN_SUFFIX, '')
  return String(parseObject(text, displayPath(folder)).name)
}

async function stateOf(path: string): Promise<string> {
  if (existsSync(join(path, ROW_FILE))) return 'its row.json cannot be read'
  const failure = await readFailure(runFolderAt(path))
  return failure ? `failed: ${failure.message}` : 'not finished'
}

async function selectCells(request: SweepRequest): Promise<SelectedRuns> {
  const cells = await openCells(await readCells(request))
  const runs: RunFacts[] = []
  const unfinished: UnfinishedRun[] = []
  for (const {cell, folder, status} of cells) {
    if (status.state === 'done' && folder) {
      runs.push(await readRunFacts(folder.path, status.row))
      continue
    }
    const {name, seed, set} = cell.recipe
    const isFirst = !unfinished.some(({recipe}) => recipe === name) // the other seeds have changed alike
    const reason = 'failure' in status ? status.failure.message : isFirst ? await whyPending(cell.recipe) : undefined
    const which = compact([set, `seed ${seed}`]).join(' ')
    unfinished.push({recipe: name, message: compact([which, status.state, reason]).join(': ')})
  }
  const byName = groupBy(cells, ({cell}) => cell.recipe.name)
  return {
    runs,
    unfinished,
    recipes: new Map([...byName].map(([name, own]) => [name, new Set(own.map(({cell}) => cell.recipe.seed)).size])),
    files: new Map(cells.map(({cell}) => [cell.recipe.name, cell.file])),
    warnings: runs.flatMap(run => run.warnings),
  }
}

/** The file that the recipe lacks, or how the recipe or its files have changed since a run of it finished. */
async function whyPending(recipe: Recipe): Promise<string | undefined> {
  try {
    return await describeChange(recipe, await identify(await openInputs(recipe)))
  } catch (error) {
    if (error instanceof Fault) return error.message
    throw error
  }
}
