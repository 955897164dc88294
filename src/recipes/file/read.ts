import {basename, dirname, extname, resolve, sep} from 'node:path'
import {compact} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import {escapeLine} from '../../base/printable.ts'
import {isRecipeName, NAME_RULE} from '../../results/recipe-name.ts'
import {completeRecipe} from './complete.ts'
import {diagnose, pathOf} from './diagnose.ts'
import {overridesText} from './overrides-text.ts'
import {applyProfile, type Decision} from './profile.ts'
import {checkRules} from './rules.ts'
import {type Recipe, schema, type WrittenRecipe} from './schema.ts'
import {isTrial, isTuned, trialName, tunedName} from './suite.ts'
import {type KnownSources, readExtended} from './yaml/extend.ts'
import {reportFindings} from './yaml/findings.ts'
import {emptyMaps, merge} from './yaml/merge.ts'
import {parseSet} from './yaml/set.ts'
import {isSweep, partAt, plainValue, type RecipeFinding, spanAt, type Tree, type YamlPath} from './yaml/tree.ts'

/** A recipe and the files it was read from, absolute: what is extended before what extends it, the file itself last. */
export interface ReadRecipe {
  readonly recipe: Recipe
  /** Who decided each switch: the recipe, or its profile. */
  readonly decisions: readonly Decision[]
  readonly files: readonly string[]
  /** The text of the files as a tree, with the position of each value. */
  readonly tree: Tree
}

/**
 * Reads a recipe file, all it extends, and then the overrides of `set` (`train.lr=1e-3`): later ones win.
 *
 * @throws Fault 'recipe' with everything that is wrong, each at the position where it was written; 'usage' for a `_….yaml`
 * that is not a whole recipe
 */
export async function readRecipe(
  file: string,
  {set = [], known}: {readonly set?: readonly string[]; readonly known?: KnownSources} = {},
): Promise<ReadRecipe> {
  const written = await readExtended(file, known)
  const sets = set.map(text => parseSet(text, process.cwd()))
  const sources = [...written.sources, ...sets.map(({source}) => source)]
  const refusal = (findings: readonly RecipeFinding[]) => new Fault('recipe', reportFindings(findings, sources))
  const misread = [written, ...sets].flatMap(part => part.findings)
  if (!written.tree) throw refusal(misread)
  if (isSweep(written.tree)) throw new Fault('recipe', sweepFile(file))

  const inherited = written.tree
  const overrides = compact(sets.map(set => set.tree))
  const tree = overrides.reduce((parent, child) => merge(parent, child), inherited)
  const {data, decisions, findings} = checkTree(tree, file)
  const empty = overrides.flatMap(child => emptyMaps(inherited, child))
  const wrong = [...misread, ...empty, ...findings]
  if (!data || wrong.length > 0) throw refusal(wrong)
  const name = data.name ?? nameOf(file)
  const reserved = findReservedName(name, data, tree)
  if (reserved) throw refusal([reserved])

  const recipe = completed(data, tree, name)
  const changed = sets.length === 0 ? '' : overridesText(recipe, {before: recipeIn(inherited, name), tree})
  return {recipe: changed === '' ? recipe : {...recipe, set: changed}, decisions, files: written.files, tree}
}

interface CheckedTree {
  /** The recipe as written, with the switches of its profile; undefined if it breaks the schema. */
  readonly data: WrittenRecipe | undefined
  readonly decisions: readonly Decision[]
  readonly findings: readonly RecipeFinding[]
}

/** Checks a tree by the schema and by the rules. @throws Fault 'usage' for a `_….yaml` that lacks a key */
function checkTree(tree: Tree, file: string): CheckedTree {
  const value = plainValue(tree)
  const {decided, decisions} = applyProfile(value)
  const {data, error} = schema.safeParse(decided)
  const issues = error?.issues ?? []
  if (basename(file).startsWith('_') && issues.some(issue => !partAt(tree, pathOf(issue)))) {
    throw new Fault('usage', fragment(file))
  }
  const broken = checkRules(tree)
  // a rule names the values that its task accepts, the schema those of all tasks
  const isRuled = (path: YamlPath) => broken.some(({at}) => at === spanAt(tree, path))
  const others = issues.filter(issue => issue.code !== 'invalid_value' || !isRuled(pathOf(issue)))
  return {data, decisions, findings: [...diagnose(others, tree, value), ...broken]}
}

/**
 * Reads recipe files side by side, in their order; what several of them extend is read and parsed once.
 *
 * @throws the first file's Fault
 */
export async function readRecipes(
  files: readonly string[],
  {set = []}: {readonly set?: readonly string[]} = {},
): Promise<readonly ReadRecipe[]> {
  const known: KnownSources = new Map()
  const reading = await Promise.allSettled(files.map(file => readRecipe(file, {set, known})))
  return reading.map(read => {
    if (read.status === 'rejected') throw read.reason
    return read.value
  })
}

/** The recipe that a tree describes; undefined if it is not a whole one. */
function recipeIn(tree: Tree, name: string): Recipe | undefined {
  const {data} = schema.safeParse(applyProfile(plainValue(tree)).decided)
  return data && completed(data, tree, name)
}

const completed = (data: WrittenRecipe, tree: Tree, name: string): Recipe =>
  completeRecipe(data, {name, toAbsolute: (path, at) => resolve(folderOf(tree, at), path)})

const sweepFile = (file: string) =>
  `${escapeLine(file)}: a sweep file, not a recipe; svft sweep, fetch, check, bless and export read sweep files`

/** Advice for a file that is not a whole recipe. */
const fragment = (file: string) =>
  `${file}: not a whole recipe, only a base for others to extend; name one of those or their folder: ${dirname(file)}`

/** The folder of the file that wrote the path at `at`; a test split that is cut out of train has the path of train. */
const folderOf = (tree: Tree, at: readonly string[]) =>
  (partAt(tree, at) ?? partAt(tree, ['data', 'train']))?.value.at.source.folder ?? process.cwd()

/** `…/configs/gsm8k/gemma-2b/svft-plain.yaml` is gsm8k/gemma-2b/svft-plain; elsewhere a recipe has its file's name. */
function nameOf(file: string): string {
  const path = resolve(file)
  const below = path.split(`${sep}configs${sep}`)
  const named = below.length > 1 ? below[below.length - 1].split(sep).join('/') : basename(path)
  const bare = named.slice(0, named.length - extname(named).length)
  const name = bare.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}_./-]/gu, '-')
  if (isRecipeName(name)) return name
  throw new Fault(
    'recipe',
    `${file}: not a valid recipe name: ${escapeLine(name, 60)}; rename the file, or set name: in it; a name ${NAME_RULE}`,
  )
}

/** What is wrong with a name of trials or of tuned recipes: only svft tune gives those, by an override or with a search. */
function findReservedName(name: string, {search}: WrittenRecipe, tree: Tree): RecipeFinding | undefined {
  if (partAt(tree, ['name'])?.value.at.source.flag) return undefined
  const refuse = (begin: string, whose: string): RecipeFinding => ({
    at: spanAt(tree, ['name']),
    message: `name: names that begin with ${begin} are those of ${whose}; choose another: ${escapeLine(name, 60)}`,
  })
  if (isTrial(name)) return refuse(trialName(''), 'the trials of svft tune')
  if (isTuned(name) && search === undefined)
    return refuse(tunedName(''), 'recipes that svft tune has written, with their search')
  return undefined
}
