import {existsSync} from 'node:fs'
import {stat} from 'node:fs/promises'
import {basename} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {referenceFolder, resultsFolder, runsFolder} from '../../base/folders.ts'
import {displayPath} from '../../base/paths.ts'
import {escapeLine} from '../../base/printable.ts'
import {didYouMean, nearest} from '../../base/text/nearest.ts'
import {shellWord} from '../../base/text/shell-words.ts'
import {readFinished} from '../../exchange/finished-run.ts'
import {canonical} from '../../recipes/file/canonical.ts'
import {withoutSeed} from '../../recipes/file/change-recipe.ts'
import {readRecipe} from '../../recipes/file/read.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {orShipped} from '../../recipes/file/shipped-recipes.ts'
import {readRunRecipe} from '../../recipes/run-folder.ts'
import {buildEntries, type ReportEntry} from '../../report/entries.ts'
import {type LoadedSources, readRunSources, readSources} from '../../report/sources/read-sources.ts'
import {readRuns} from '../../results/results-file.ts'
import {nameOf, type Row} from '../../results/row.ts'
import {beginningOf, findRun, runNames} from '../find-runs.ts'

/** One of the two sides of a comparison: the finished runs of one recipe, with those of their files that are here. */
export interface ComparedSide {
  readonly name: string
  readonly entry: ReportEntry
  /** The folders of the entry's runs, by seed. A row whose run is elsewhere has none. */
  readonly folders: ReadonlyMap<number, string>
  /** The recipe of the first of them. */
  readonly recipe: Recipe | undefined
  readonly sources: Pick<LoadedSources, 'itemResults' | 'losses'>
  readonly warnings: readonly string[]
}

/**
 * Finds what a text names: a run by its folder or the beginning of its name, all runs of a recipe file, or all runs
 * of a recipe's name here, in results/ or in the reference that ships with svft.
 *
 * @throws Fault 'usage' or 'input' if it names nothing, or runs that have not finished
 */
export async function openSide(text: string): Promise<ComparedSide> {
  const path = orShipped(text)
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return ofRun(await findRun(path))
  const {runs} = await readRuns(runsFolder())
  if (found) return ofRecipe(path, runs)
  const named = runs.filter(({row}) => nameOf(row) === text)
  if (named.length > 0) return ofRuns(text, named)
  const names = await runNames()
  const begun = beginningOf(text)
  if (begun !== '' && names.some(name => name.startsWith(begun))) return ofRun(await findRun(text))
  const rows = await rowsElsewhere()
  const own = rows.filter(({row}) => nameOf(row) === text)
  if (own.length > 0) return build(text, {runs: own, itemResults: [], losses: [], warnings: []})
  const known = [...new Set([...runs, ...rows].map(({row}) => nameOf(row))), ...names]
  const advice = didYouMean(nearest(text, known)) ?? 'svft runs lists runs, svft list recipes'
  throw new Fault('usage', `${escapeLine(text, 80)}: no run, recipe file or recipe with results; ${advice}`)
}

interface FinishedFolder {
  readonly row: Row
  readonly folder: string
}

async function ofRun(path: string): Promise<ComparedSide> {
  const {row} = await readFinished(path)
  return ofRuns(basename(path), [{row, folder: path}])
}

/** All finished runs of a recipe file, whatever their seed. */
async function ofRecipe(file: string, runs: readonly FinishedFolder[]): Promise<ComparedSide> {
  const {recipe} = await readRecipe(file)
  const setup = canonical(withoutSeed(recipe))
  const own: FinishedFolder[] = []
  for (const run of runs) {
    const written = await readRunRecipe(run.folder).catch(() => undefined)
    if (written && canonical(withoutSeed(written)) === setup) own.push(run)
  }
  if (own.length > 0) return ofRuns(recipe.name, own)
  const others = [...new Set(runs.flatMap(({row}) => (row.recipe === recipe.name ? [nameOf(row)] : [])))]
  const advice =
    others.length > 0
      ? `its runs with other settings are compared by their names: ${others.slice(0, 3).map(shellName).join(', ')}`
      : 'svft run makes one'
  throw new Fault('input', `${file}: no finished run of this recipe in ${displayPath(runsFolder())}; ${advice}`)
}

const shellName = (name: string) => shellWord(escapeLine(name, 200))

async function ofRuns(name: string, runs: readonly FinishedFolder[]): Promise<ComparedSide> {
  const folders = new Map(runs.map(({row, folder}) => [row, folder]))
  return build(name, await readRunSources(runs), folders)
}

async function build(
  name: string,
  {runs, itemResults, losses, warnings}: Pick<LoadedSources, 'runs' | 'itemResults' | 'losses' | 'warnings'>,
  folderOf: ReadonlyMap<Row, string> = new Map(),
): Promise<ComparedSide> {
  const {entries, warnings: left} = buildEntries(runs)
  const entry = entries.find(one => one.name === name) ?? entries[0]
  const others = entries.flatMap(one =>
    one === entry ? [] : [`${one.name}: left out; it is the recipe of ${entry.name} under another name`],
  )
  const folders = new Map(
    entry.rows.flatMap(row => {
      const folder = folderOf.get(row)
      return folder === undefined ? [] : [[row.seed, folder] as const]
    }),
  )
  const [first] = folders.values()
  const recipe = first === undefined ? undefined : await readRunRecipe(first)
  return {name, entry, folders, recipe, sources: {itemResults, losses}, warnings: [...warnings, ...left, ...others]}
}

/** The rows in results/ and in the reference, those in results/ first. */
async function rowsElsewhere(): Promise<LoadedSources['runs']> {
  const own = existsSync(resultsFolder()) ? await readSources(resultsFolder()).catch(() => undefined) : undefined
  const {runs} = await readSources(referenceFolder())
  const names = new Set(own?.runs.map(({row}) => nameOf(row)))
  return [...(own?.runs ?? []), ...runs.filter(({row}) => !names.has(nameOf(row)))]
}

/** The fault that two sides cannot be compared, for a reason. */
export const refusal = (a: ComparedSide, b: ComparedSide, reason: string) =>
  new Fault('usage', `${escapeLine(a.name)} and ${escapeLine(b.name)} cannot be compared: ${reason}`)
