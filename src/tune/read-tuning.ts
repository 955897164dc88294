import {Fault} from '../base/fault.ts'
import {isSameFile} from '../base/paths.ts'
import {findRecipeFiles} from '../plan/catalogue/recipe-files.ts'
import {checkPaths} from '../plan/check-paths.ts'
import {type CheckedData, checkData} from '../recipes/data/check-data.ts'
import {type ReadRecipe, readRecipe} from '../recipes/file/read.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {hasValidation, partOf, scoredSplits} from '../recipes/file/splits.ts'
import {trialName, tunedName} from '../recipes/file/suite.ts'
import {taskOf} from '../recipes/file/task-of.ts'
import type {KnownSources} from '../recipes/file/yaml/extend.ts'
import {locateFaults} from '../recipes/file/yaml/locate-faults.ts'
import type {Cell} from '../sweep/cells.ts'
import {parseSeeds} from '../sweep/seeds.ts'
import {drawPoints} from './draw-points.ts'
import {type Rung, type RungSteps, rungsOf, scoredOnValidation, stepsOfRungs} from './rungs.ts'
import {parseRanges, pointOverrides, pointText, type TrialPoint, type TunedRange} from './search-space.ts'
import {checkTunedFile} from './tuned-recipe.ts'

/** The arguments of a search. */
export interface TuneRequest {
  /** Recipe files, folders of recipes, or tables and figures of the paper. */
  readonly paths: readonly string[]
  /** Ranges as `--over` takes them. */
  readonly over: readonly string[]
  readonly trials: number
  /** Seeds as `--seeds` takes them, in place of each recipe's own. */
  readonly seeds?: string | undefined
  /** Seeds of the final runs as `--final-seeds` takes them, in place of those of the trials. */
  readonly finalSeeds?: string | undefined
  /** Overrides of every recipe. */
  readonly set?: readonly string[]
  /** Successive halving over training steps, in place of a grid. */
  readonly halving?: boolean
}

/** A search: the same points and rungs for every recipe. */
export interface Tuning {
  readonly strategy: 'grid' | 'halving'
  readonly ranges: readonly TunedRange[]
  readonly points: readonly TrialPoint[]
  readonly rungs: readonly Rung[]
  readonly subjects: readonly TunedSubject[]
  readonly warnings: readonly string[]
}

/** A recipe whose values are searched. */
export interface TunedSubject {
  readonly file: string
  readonly set: readonly string[]
  /** The recipe with the overrides, before its values are tuned. */
  readonly recipe: Recipe
  readonly seeds: readonly number[]
  /** The seeds with which the tuned recipe is trained and scored. */
  readonly finalSeeds: readonly number[]
  /** The training steps of each rung. */
  readonly steps: RungSteps
  /** The cells of a point with this number of training steps, one for each seed. */
  readonly cellsOf: (point: TrialPoint, steps: RungSteps[number]) => Promise<readonly Cell[]>
}

/**
 * Reads a search and all its recipes, each with its first point, so that mistakes are found before any trial starts.
 *
 * @throws Fault 'recipe' with all mistakes in the first bad recipe, 'usage' if an argument is wrong
 */
export async function readTuning(request: TuneRequest): Promise<Tuning> {
  const {paths, over, trials, set = [], halving = false} = request
  const ranges = parseRanges(over)
  const points = drawPoints(ranges, trials)
  checkOverrides(set, ranges)
  const length = halving && ranges.find(({key}) => key === 'train.epochs' || key === 'train.steps')
  if (length) throw new Fault('usage', `--over ${length.key}: --halving sets the length of training itself`)
  const strategy = halving ? 'halving' : 'grid'
  const rungs = rungsOf(strategy, trials)
  const seeds = request.seeds === undefined ? undefined : parseSeeds(request.seeds)
  const finalSeeds = request.finalSeeds === undefined ? seeds : parseSeeds(request.finalSeeds, '--final-seeds')
  const shared: SharedParts = {set, ranges, rungs, points, seeds, finalSeeds, known: new Map(), checked: new Map()}
  const warnings: string[] = []
  const subjects = new Map<string, TunedSubject>()
  for (const file of await findRecipeFiles(paths)) {
    const read = await readRecipe(file, {set, known: shared.known})
    const {name, train, adapter} = read.recipe
    if (train === undefined) {
      warnings.push(`${name}: left out: method ${adapter.method} trains nothing`)
      continue
    }
    const same = subjects.get(name)
    if (same) throw new Fault('usage', `two recipes have the name ${name}: ${same.file} and ${file}; rename one`)
    subjects.set(name, await openSubject(file, read, shared))
  }
  if (subjects.size === 0) throw new Fault('usage', `nothing to tune in ${paths.join(', ')}: no recipe trains`)
  return {strategy, ranges, points, rungs, subjects: [...subjects.values()], warnings}
}

/** What the subjects of a search share. */
interface SharedParts extends Pick<Tuning, 'ranges' | 'rungs' | 'points'> {
  readonly set: readonly string[]
  /** The seeds, in place of each recipe's own. */
  readonly seeds: readonly number[] | undefined
  readonly finalSeeds: readonly number[] | undefined
  readonly known: KnownSources
  readonly checked: CheckedData
}

/** Checks a recipe and all its trials. */
async function openSubject(
  file: string,
  read: ReadRecipe,
  {set, ranges, rungs, points, known, checked, ...shared}: SharedParts,
): Promise<TunedSubject> {
  const {recipe, tree} = read
  await locateFaults(tree, async () => checkSplits(recipe))
  checkLength(recipe, ranges)
  await checkPaths([recipe, scoredOnValidation(recipe)].map((recipe, index) => ({...read, file, recipe, index})))
  await locateFaults(tree, () => checkData(recipe, checked))
  await checkTunedFile(recipe.name)
  const steps = await stepsOfRungs(recipe, {rungs, ranges})
  const {seeds = [recipe.seed], finalSeeds = seeds} = shared
  const subject = subjectOf({file, set, recipe, seeds, finalSeeds, steps, known})
  for (const point of points) await subject.cellsOf(point, steps[0])
  return subject
}

/** Checks that overrides give one value per key and do not override what the search sets. @throws Fault 'usage' */
function checkOverrides(set: readonly string[], ranges: readonly TunedRange[]): void {
  const keys = set.map(text => text.split('=', 1)[0])
  const repeated = set.find((_, i) => keys.indexOf(keys[i]) < i)
  if (repeated) throw new Fault('usage', `--set ${repeated}: tune takes one value of each key; --over tries several`)
  const own = ['seed', 'name', 'evaluate.splits', 'search', ...ranges.map(({key}) => key)]
  const taken = set.find((_, i) => own.includes(keys[i]))
  if (taken === undefined) return
  const advice = taken.startsWith('seed=') ? 'use --seeds' : 'tune sets this value itself; leave it out'
  throw new Fault('usage', `--set ${taken}: ${advice}`)
}

/** Checks that there is a validation split to rank trials by, and that no trial scores a test split. @throws Fault 'recipe' */
function checkSplits(recipe: Recipe): void {
  const {data, train, evaluate} = recipe
  if (!hasValidation(data)) {
    throw new Fault(
      'recipe',
      `no validation data to rank trials by; add data.validation, or cut some out of train: data.split.validation for a task of your own, data.perClass.validation for few examples of each class`,
      {at: ['data']},
    )
  }
  const {validation} = data
  const isValidation = (split: string) => validation !== undefined && isSameFile(data.test[split], validation)
  const same = evaluate.splits.find(split => split !== 'validation' && isValidation(split))
  if (same !== undefined && partOf(recipe, 'validation') === undefined) {
    throw new Fault(
      'recipe',
      `data.validation and data.test.${same} are the same file, so the search would choose by test scores; give another file`,
      {at: ['data', 'validation']},
    )
  }
  if (train?.keepBy !== undefined && train.keepBy !== 'validation') {
    throw new Fault(
      'recipe',
      `train.keepBy: ${train.keepBy} would score a test split during the search; use train.keepBy: validation`,
      {at: ['train', 'keepBy']},
    )
  }
}

/** Checks that all trials score texts of the same length, where scores depend on it. @throws Fault 'usage' */
function checkLength(recipe: Recipe, ranges: readonly TunedRange[]): void {
  const {name, evaluate} = recipe
  if (!ranges.some(({key}) => key === 'train.maxTokens') || taskOf(recipe).metric !== 'perplexity') return
  if (evaluate.maxTokens !== undefined) return
  throw new Fault(
    'usage',
    `--over train.maxTokens: ${name} is scored by perplexity at train.maxTokens tokens, and perplexities of different lengths cannot be compared; set evaluate.maxTokens`,
  )
}

interface SubjectParts extends Omit<TunedSubject, 'cellsOf'> {
  readonly known: KnownSources
}

function subjectOf({known, ...subject}: SubjectParts): TunedSubject {
  const {file, set, recipe: base, seeds} = subject
  const cellsOf: TunedSubject['cellsOf'] = async (point, steps) => {
    const length = steps === undefined ? [] : [`train.steps=${steps}`]
    const others = steps === undefined ? set : set.filter(text => !/^train\.(epochs|steps)=/.test(text))
    const own = [...others, ...pointOverrides(point), ...length, ...trialOverrides(base.name)]
    const cells: Cell[] = []
    for (const seed of seeds) {
      const all = [...own, `seed=${seed}`]
      const read = await readRecipe(file, {set: all, known})
      checkTrial(read.recipe)
      const label = [base.name, pointText(point), ...(steps === undefined ? [] : [`steps=${steps}`]), `seed=${seed}`]
      cells.push({label: label.join(' '), file, set: all, ...read, recipe: asTrial(read.recipe, point)})
    }
    return cells
  }
  return {...subject, cellsOf}
}

/** The recipe of a trial. Its overrides name every tuned value, even one that equals the recipe's own. */
function asTrial(recipe: Recipe, point: TrialPoint): Recipe {
  const others = (recipe.set ?? '').split(' ').filter(text => text !== '' && !(text.split('=', 1)[0] in point))
  return {...recipe, paper: undefined, search: undefined, set: [...others, ...pointOverrides(point)].sort().join(' ')}
}

/** The overrides of a trial: its rows are in a suite of their own, and it is scored on validation alone. */
const trialOverrides = (name: string) => [`name=${trialName(name)}`, 'evaluate.splits=["validation"]']

/** Throws if a trial would score anything but validation. */
function checkTrial(recipe: Recipe): void {
  const splits = scoredSplits(recipe)
  if (splits.length !== 1 || splits[0] !== 'validation') throw new Error(`bug: a trial scores ${splits.join(', ')}`)
}

/** The cells that score a recipe on its own splits, one for each seed: the tuned one or, in a plan, the subject itself. */
export async function finalCells(
  {recipe: {name}, finalSeeds}: TunedSubject,
  {file, set = []}: {readonly file: string; readonly set?: readonly string[]},
): Promise<readonly Cell[]> {
  const cells: Cell[] = []
  for (const seed of finalSeeds) {
    const own = [...set, `seed=${seed}`]
    const read = await readRecipe(file, {set: own})
    cells.push({label: `${tunedName(name)} seed=${seed}`, file, set: own, ...read})
  }
  return cells
}
