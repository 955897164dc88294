// The library, `import {readRecipe, plan, run, report} from 'svft'`: four functions from plain values to plain values.

import {inspect} from 'node:util'
import {Fault} from './base/fault.ts'
import {isObject} from './base/json.ts'
import {escapeLine} from './base/printable.ts'
import {didYouMean, nearest} from './base/text/nearest.ts'
import type {RunPlan} from './plan/plan.ts'
import type {RunEvent} from './recipes/events.ts'
import {checkRecipe} from './recipes/file/check-recipe.ts'
import {type ReadRecipe, readRecipe as readFile} from './recipes/file/read.ts'
import type {Recipe} from './recipes/file/schema.ts'
import {locateFaults} from './recipes/file/yaml/locate-faults.ts'
import type {RunResult} from './recipes/run.ts'
import type {ReportContent} from './report/report.ts'

export {Fault, type FaultKind} from './base/fault.ts'
export type {Row} from './results/row.ts'
export type {StepReport} from './train/train.ts'
export type {Recipe, RunEvent, RunPlan, RunResult}

/**
 * Reads a recipe file and everything that it extends.
 *
 * A recipe is a plain value that survives JSON, with defaults filled in and absolute paths. Vary it with `set` rather than
 * by editing the value: rows of results record the overrides of `set`.
 *
 * @param file the path of a YAML file, like `configs/gsm8k/mini/svft-plain.yaml`; one below `configs/` that is not there is that
 * of the recipes that ship with svft
 * @param options.set overrides like `['train.lr=1e-3', 'seed=1']`; of two for one key the last counts
 * @throws Fault of kind 'recipe' that lists every mistake with its file, line and column, or says that there is no such file;
 * 'usage' if the file is only a fragment that other recipes extend, or an argument is of another type; 'io' if the file cannot
 * be read
 */
export async function readRecipe(
  file: string,
  options: {readonly set?: readonly string[] | undefined} = {},
): Promise<Recipe> {
  checkArgument({file}, typeof file === 'string' && file !== '', 'the path of a recipe')
  checkOptions(options, ['set'], '{set: []}')
  const {set = []} = options
  const isList = Array.isArray(set) && set.every(text => typeof text === 'string')
  checkArgument({set}, isList, "a list of overrides, like ['seed=1']")
  const read = await readFile(file, {set})
  sources.set(read.recipe, read)
  return read.recipe
}

/**
 * Predicts from shapes what a run would train, download and need. It reads no weights and, of data files that are here, the
 * first example, the number of examples and the lengths of some.
 *
 * Fields that end in `Bytes` are bytes; times are seconds of wall clock on this machine, whose speed the first plan
 * measures (one second) and caches. `refused` says why svft cannot run the recipe, if it cannot. `decisions` is empty for a
 * copy of the value that `readRecipe` returned.
 *
 * @throws Fault of kind 'recipe' if recipe and model contradict each other; 'io' if the model's config.json is missing; 'input'
 * if it or a data file is not what the recipe needs; 'usage' for a value that is no recipe
 */
export async function plan(recipe: Recipe): Promise<RunPlan> {
  const {planRun} = await import('./plan/plan.ts')
  const checked = checkedRecipe(recipe)
  const decisions = sources.get(recipe)?.decisions
  return atSource(recipe, () => planRun(checked, {decisions}))
}

export interface RunCallbacks {
  /** Receives progress, training losses and warnings. If it is async, `run` waits for it at the end. */
  readonly onEvent?: ((event: RunEvent) => void | Promise<void>) | undefined
  /** Aborted, the run saves a checkpoint and `run` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Trains and scores what a recipe describes, as `svft run` does. Models and data on the Hugging Face hub are downloaded
 * first. Training computes on a thread of its own, so this thread stays free to handle events.
 *
 * The run's folder is below `runs/` and its results file in `results/`, both below the working directory. Called again
 * after an interruption, it resumes from the last checkpoint with the same results, bit for bit; called again after the
 * end, it returns the finished row at once (`already`). Scores in the row are 0 to 1, `seconds` is wall clock.
 *
 * @throws Fault of kind 'recipe', 'input' or 'io' by whose mistake it is, 'busy' if another process works on the same
 * run, 'diverged' if a loss, a gradient or what the trained model predicts is not finite, 'failed' if memory does not suffice,
 * the engine is not installed or the first loss is not finite, 'usage' for a value that is no recipe; the signal's reason if
 * it was aborted
 */
export async function run(recipe: Recipe, options: RunCallbacks = {}): Promise<RunResult> {
  checkOptions(options, ['onEvent', 'signal'], '{onEvent: event => {}}')
  const {onEvent = () => {}, signal = new AbortController().signal} = options
  checkArgument({onEvent}, typeof onEvent === 'function', 'a function')
  checkArgument({signal}, signal instanceof AbortSignal, 'an AbortSignal')
  const checked = checkedRecipe(recipe)
  const {runOnThread} = await import('./launch/run-on-thread.ts')
  const result = await atSource(recipe, () => runOnThread(checked, {onEvent, signal}))
  if (result) return result
  throw signal.reason
}

export interface ReportOptions {
  /** A folder of runs, a results file (CSV) or a folder of those; otherwise `runs/`, else `results/`, else the reference. */
  readonly from?: string | undefined
  /** The folder to write the report to, as `svft report --out` does; without it nothing is written. */
  readonly out?: string | undefined
  /** The version of the paper that is laid out; default: arxiv-v1. */
  readonly version?: 'arxiv-v1' | 'neurips2024' | undefined
}

/** A report as data: scores are 0 to 1, `warnings` lists what was left out and why. */
export interface WrittenReport extends ReportContent {
  /** Paths of the files that were written. */
  readonly files: readonly string[]
}

/**
 * Compares finished runs with each other and with the numbers that the paper prints: tables, figures and verdicts.
 *
 * @throws Fault of kind 'io' if there is nothing at `from` or `out` cannot be written; 'input' if `from` holds no rows
 * or damaged ones; 'failed' if figures are to be drawn and sharp is not installed; 'usage' for an unknown version
 */
export async function report(options: ReportOptions = {}): Promise<WrittenReport> {
  checkOptions(options, ['from', 'out', 'version'], "{out: 'report'}")
  const {from, out, version} = options
  for (const [name, path] of Object.entries({from, out}))
    checkArgument({[name]: path}, path === undefined || (typeof path === 'string' && path !== ''), 'a path')
  checkArgument(
    {version},
    version === undefined || typeof version === 'string',
    "a version of the paper, like 'arxiv-v1'",
  )
  const {parseChoice} = await import('./paper/parse-choice.ts')
  const {version: laidOut} = parseChoice({version})
  const {readSources} = await import('./report/sources/read-sources.ts')
  const {buildReport} = await import('./report/report.ts')
  const sources = await readSources(from)
  const {reportedPaper} = await import('./report/reported-paper.ts')
  const content = buildReport(sources, await reportedPaper(laidOut))
  const files =
    out === undefined ? [] : await (await import('./report/formats/write-report.ts')).writeReport(content, out)
  return {...content, warnings: [...sources.warnings, ...sources.unread, ...content.warnings], files}
}

/** The files of recipes, so that a mistake found later is reported at its line. A copy of a recipe has no such file. */
const sources = new WeakMap<Recipe, ReadRecipe>()

/** The recipe with its defaults. Refuses a value that is none, and mistakes in one that was edited. */
function checkedRecipe(recipe: Recipe): Recipe {
  const {name, model, data, evaluate} = (recipe ?? {}) as Partial<Recipe>
  const isRecipe = typeof name === 'string' && isObject(model) && isObject(data) && Array.isArray(evaluate?.splits)
  checkArgument({recipe}, isRecipe, 'the value that readRecipe returns')
  return checkRecipe(recipe)
}

/** Refuses options that are no object, and a misspelt one, which would be ignored. */
function checkOptions(options: object, known: readonly string[], example: string): void {
  checkArgument({options}, isObject(options), `an object, like ${example}`)
  const unknown = Object.keys(options).find(key => !known.includes(key))
  if (unknown === undefined) return
  const advice = didYouMean(nearest(unknown, known)) ?? `known: ${known.join(', ')}`
  throw new Fault('usage', `unknown option ${escapeLine(unknown, 60)}; ${advice}`)
}

/** Refuses an argument, given by its name, that TypeScript would not compile. */
function checkArgument(named: Readonly<Record<string, unknown>>, isRight: boolean, expected: string): void {
  if (isRight) return
  const [[name, value]] = Object.entries(named)
  throw new Fault('usage', `${name}: must be ${expected}; given: ${valueText(value)}`)
}

const valueText = (value: unknown) => escapeLine(inspect(value, {depth: 1}), 60)

/** Does `work`; a mistake in a value of the recipe is reported at its line where that is known. */
function atSource<T>(recipe: Recipe, work: () => Promise<T>): Promise<T> {
  const read = sources.get(recipe)
  return read ? locateFaults(read.tree, work) : work()
}
