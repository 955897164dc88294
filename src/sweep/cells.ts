import {Fault} from '../base/fault.ts'
import {findRecipeFiles} from '../plan/catalogue/recipe-files.ts'
import {canonical} from '../recipes/file/canonical.ts'
import {type ReadRecipe, readRecipe} from '../recipes/file/read.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import type {KnownSources} from '../recipes/file/yaml/extend.ts'
import {parseSeeds} from './seeds.ts'
import {readSweepFile} from './sweep-file.ts'

/** The arguments of a sweep. */
export interface SweepRequest {
  /** Recipe files, folders of recipes, sweep files, or tables and figures of the paper. */
  readonly paths: readonly string[]
  /** Seeds as `--seeds` takes them, in place of those of the sweep file or of each recipe. */
  readonly seeds?: string
  /** Overrides, in addition to those of the sweep file. */
  readonly set?: readonly string[]
}

export interface StopOptions {
  /** When aborted, its reason is thrown. */
  readonly signal?: AbortSignal | undefined
}

/** One run of a sweep: a recipe with a seed and overrides. */
export interface Cell extends ReadRecipe {
  /** The cell's name, like `gsm8k/mini/lora-r8 train.lr=1e-3 seed=1`. */
  readonly label: string
  /** The recipe's file and the overrides: `svft run <file> --set …` is the same run. */
  readonly file: string
  readonly set: readonly string[]
}

/**
 * Reads the cells of a sweep: the product of recipes, overrides and seeds. Several overrides of one key are alternatives.
 * Cells that give the same run are one cell.
 *
 * @throws Fault 'recipe' with all mistakes in the first bad recipe, 'usage' if seeds are given in two ways
 */
export async function readCells(request: SweepRequest, {signal}: StopOptions = {}): Promise<readonly Cell[]> {
  const cells = new Map<string, Cell>()
  const known = new Map<string, Cell>()
  const sources: KnownSources = new Map()
  for await (const {file, set, tried} of choicesOf(request)) {
    signal?.throwIfAborted()
    const read = await readRecipe(file, {set, known: sources})
    const {recipe} = read
    const twin = known.get(runOf(recipe))
    if (twin) {
      checkTwin(twin, {file, tried, recipe})
      continue
    }
    const short = [recipe.name, ...tried, `seed=${recipe.seed}`].join(' ')
    const label = cells.has(short) ? [file, ...set].join(' ') : short
    const cell = {label, file, set, ...read}
    cells.set(label, cell)
    known.set(runOf(recipe), cell)
  }
  return [...cells.values()]
}

/** All combinations of a recipe's file, overrides and a seed. */
async function* choicesOf({paths, seeds: text, set = []}: SweepRequest) {
  const given = text === undefined ? undefined : parseSeeds(text)
  for (const path of paths) {
    const sweep = await readSweepFile(path)
    const seeds = given ?? sweep?.seeds ?? []
    const overrides = [...(sweep?.set ?? []), ...set]
    const repeated = seeds.length > 0 && overrides.find(isSeed)
    if (repeated) throw new Fault('usage', `${repeated}: seeds are already given (${seeds}); leave out one of the two`)
    const choices = product([...overrides, ...seeds.map(seed => `seed=${seed}`)])
    for (const file of await findRecipeFiles(sweep?.recipes ?? [path]))
      for (const choice of choices) yield {file, ...choice}
  }
}

const isSeed = (text: string) => text.startsWith('seed=')

/** Equal for cells that give the same run: they compute the same from the same files. */
const runOf = (recipe: Recipe) => JSON.stringify([recipe.name, canonical(recipe), recipe.model, recipe.data])

/** Checks that alternatives that give one run are one value in several spellings. @throws Fault 'usage' */
function checkTwin(
  twin: Cell,
  {file, tried, recipe}: Pick<Cell, 'file' | 'recipe'> & {readonly tried: readonly string[]},
): void {
  const text = (one: Recipe) => JSON.stringify({...one, set: undefined})
  const own = tried.filter(value => !twin.set.includes(value))
  if (own.length === 0 || twin.file !== file || text(twin.recipe) === text(recipe)) return
  const [key] = own.join().split('=', 1)
  throw new Fault(
    'usage',
    `${own.join(' ')}: ${key} does not identify a run, so its values give the same run; give one value`,
  )
}

interface Choice {
  readonly set: readonly string[]
  /** The overrides that have alternatives, except the seed. */
  readonly tried: readonly string[]
}

/** All combinations of one value for each key; the last key varies fastest. */
function product(overrides: readonly string[]): readonly Choice[] {
  const axes = new Map<string, string[]>()
  for (const text of overrides) {
    const [key] = text.split('=', 1)
    axes.set(key, [...new Set([...(axes.get(key) ?? []), text])])
  }
  return [...axes.values()].reduce<readonly Choice[]>(
    (chosen, axis) =>
      chosen.flatMap(({set, tried}) =>
        axis.map(text => ({set: [...set, text], tried: axis.length > 1 && !isSeed(text) ? [...tried, text] : tried})),
      ),
    [{set: [], tried: []}],
  )
}
