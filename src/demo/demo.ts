import {existsSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {Fault} from '../base/fault.ts'
import {makeFolder, makeTemporaryFolder} from '../base/files.ts'
import {listNames} from '../base/list-files.ts'
import {compareSides, type SplitComparison} from '../inspect/compare/compare.ts'
import {openSide} from '../inspect/compare/sides.ts'
import {runOnThread} from '../launch/run-on-thread.ts'
import type {RunEvent} from '../recipes/events.ts'
import {readRecipe} from '../recipes/file/read.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {shippedRecipesFolder} from '../recipes/file/shipped-recipes.ts'
import type {RunResult} from '../recipes/run.ts'
import {writeReport} from '../report/formats/write-report.ts'
import {buildReport} from '../report/report.ts'
import {readSources} from '../report/sources/read-sources.ts'

/** The recipes of the demo, in order: both train on the same pairs of sentences. */
const RECIPES = {lora: 'glue/mini/lora-r8.yaml', svft: 'glue/mini/svft-plain.yaml'} as const

/** One pass over the data is enough to learn the task. */
const SHORTER = ['train.epochs=1']

export interface DemoOptions {
  /** Shows the events of one run; `stop` is called at its end. */
  readonly watch: (recipe: Recipe) => {readonly onEvent: (event: RunEvent) => void; readonly stop: () => void}
  readonly signal: AbortSignal
}

export type TrainedMethod = keyof typeof RECIPES

/**
 * Opens the folder for a demo: a new temporary one, or the named one, which must be an earlier demo's or hold nothing but
 * hidden files.
 *
 * @throws Fault 'usage' if it holds anything else
 */
export async function openDemoFolder(named?: string): Promise<string> {
  if (named === undefined) return makeTemporaryFolder('demo')
  const names = existsSync(named) ? await listNames(named) : []
  const other = names.find(name => !name.startsWith('.') && !['runs', 'results', 'report'].includes(name))
  if (other !== undefined) throw new Fault('usage', `${named}: must be empty or of an earlier demo, but has ${other}`)
  await makeFolder(named)
  return resolve(named)
}

/** Trains and scores one method in the working folder; undefined if `signal` stopped it. */
export async function trainMethod(method: TrainedMethod, {watch, signal}: DemoOptions): Promise<RunResult | undefined> {
  const {recipe} = await readRecipe(join(shippedRecipesFolder(), RECIPES[method]), {set: SHORTER})
  const {onEvent, stop} = watch(recipe)
  return runOnThread(recipe, {onEvent, signal}).finally(stop)
}

/** Compares both runs on the test items, which both have scored. */
export async function compareMethods(first: RunResult, second: RunResult): Promise<SplitComparison> {
  const {splits} = await compareSides(await openSide(first.folder), await openSide(second.folder))
  return splits[0]
}

/** Writes the report of both runs, and returns the path of its page. */
export async function writeDemoReport(folder: string): Promise<string> {
  const files = await writeReport(buildReport(await readSources('runs')), 'report')
  return join(folder, files.find(file => file.endsWith('report.html')) ?? 'report')
}
