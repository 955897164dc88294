import {dirname, relative, resolve} from 'node:path'
import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {isObject} from '../base/json.ts'
import {escapeLine} from '../base/printable.ts'
import {didYouMean, nearest} from '../base/text/nearest.ts'
import {checkExists} from '../recipes/data/locate-sources.ts'
import {isAddress} from '../recipes/file/hub-reference.ts'
import {schemasAt} from '../recipes/file/json-schema.ts'
import {recipePath} from '../recipes/file/shipped-recipes.ts'
import {reportFindings} from '../recipes/file/yaml/findings.ts'
import {parseSet} from '../recipes/file/yaml/set.ts'
import {
  isSweep,
  keyAbove,
  plainValue,
  type RecipeFinding,
  spanAt,
  type Tree,
  type YamlPath,
} from '../recipes/file/yaml/tree.ts'
import {parseYaml, readRecipeText} from '../recipes/file/yaml/yaml-source.ts'
import {SEEDS, seedsIn} from './seeds.ts'

/** A sweep file: a YAML map with the key `recipes`, which no recipe has. */
export interface SweepFile {
  /** Absolute paths. */
  readonly recipes: readonly string[]
  readonly seeds: readonly number[]
  /** Overrides as `--set` takes them. */
  readonly set: readonly string[]
}

/**
 * Reads a sweep file. Returns undefined for any other path; the function that reads it then reports its faults.
 *
 * @throws Fault 'recipe' that lists every mistake in the file
 */
export async function readSweepFile(file: string): Promise<SweepFile | undefined> {
  const read = await readRecipeText(file).catch(() => ({refused: ''}))
  if ('refused' in read) return undefined
  const source = {name: file, text: read.text, folder: dirname(resolve(file))}
  const {tree, findings} = parseYaml(source)
  if (!tree || !isSweep(tree)) return undefined

  const plain = plainValue(tree)
  const {data, error} = schema.safeParse(plain)
  const {recipes: paths, set: values} = data ?? readable.parse(plain)
  const recipes = paths.map(path => recipePath(path, source.folder))
  const set = Object.entries(values).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map(one => ({
      text: `${key}=${JSON.stringify(withPaths(one, key.split('.'), source.folder))}`,
      at: keyAbove(tree, ['set', key]),
    })),
  )
  const wrong = [
    ...findings,
    ...(error?.issues ?? []).flatMap(issue => findingsOf(issue, tree)),
    ...(await absentRecipes(recipes, tree)),
    ...Object.entries(values).flatMap(([key, value]) => {
      const message = listMistake(key, value)
      return message === undefined ? [] : [{at: keyAbove(tree, ['set', key]), message: `${key}: ${message}`}]
    }),
    ...set.flatMap(({text, at}) => parseSet(text, source.folder).findings.map(({message}) => ({at, message}))),
  ]
  if (!data || wrong.length > 0) throw new Fault('recipe', reportFindings(wrong, [source]))
  return {recipes, seeds: data.seeds, set: set.map(({text}) => text)}
}

/** What is wrong with the list of alternatives of a key: it is empty, or its items are those of one value that is a list itself. */
function listMistake(key: string, value: unknown): string | undefined {
  const alternatives = [value].flat()
  if (alternatives.length === 0) return 'an empty list has no value to try; give one, or leave out the key'
  const schemas = schemasAt(key.split('.'))
  const takesLists = schemas.length > 0 && schemas.every(({type}) => type === 'array')
  if (!takesLists || alternatives.every(Array.isArray)) return undefined
  const lists = alternatives.some(Array.isArray) ? alternatives.map(one => [one].flat()) : [alternatives]
  return `a list holds alternatives; write ${escapeLine(JSON.stringify(lists), 80)}`
}

function findingsOf(issue: z.core.$ZodIssue, tree: Tree): readonly RecipeFinding[] {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape)
    return issue.keys.map(key => {
      const advice = didYouMean(nearest(key, known)) ?? `known: ${known.join(', ')}`
      return {at: keyAbove(tree, [key]), message: `unknown key of a sweep file: ${key}; ${advice}`}
    })
  }
  const path = issue.path as YamlPath
  return [{at: keyAbove(tree, path), message: `${path.join('.')}: ${issue.message}`}]
}

/** The recipes that do not exist, each where it is written. */
async function absentRecipes(recipes: readonly string[], tree: Tree): Promise<readonly RecipeFinding[]> {
  const checks = recipes.map((path, i) =>
    checkExists(path, {at: []}).then(
      () => [],
      ({message}) => [{at: spanAt(tree, ['recipes', i]), message}],
    ),
  )
  return (await Promise.all(checks)).flat()
}

/** A value with its paths as `--set` takes them: relative to the working folder, and no longer to the file. */
function withPaths(value: unknown, path: readonly string[], folder: string): unknown {
  if (typeof value === 'string' && PATHS.test(path.join('.')) && !isAddress(value))
    return relative(process.cwd(), resolve(folder, value)) || '.'
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withPaths(inner, [...path, name], folder)]),
  )
}

/** The keys of a recipe whose values are paths. */
const PATHS = /^(model(\.path|\.config)?|data\.(train|validation|test\.[^.]+))$/

/** A list of seeds, or text as `--seeds` takes it. */
const seeds = z.unknown().transform((value, context) => {
  const found = Array.isArray(value) && value.length === 0 ? [] : seedsIn([value].flat().join())
  if (found) return found
  context.addIssue(`must be a list like [0, 1, 2], or ${SEEDS}`)
  return z.NEVER
})

const RECIPES = 'must be a list of recipe files or folders'

const schema = z.strictObject({
  recipes: z.array(z.string(RECIPES).min(1, RECIPES), RECIPES).min(1, RECIPES).readonly(),
  seeds: seeds.default([]),
  /** A value, or a list of values to try, by the path of a key. */
  set: z.record(z.string(), z.json(), 'must be a map of values to keys of recipes').default({}),
})

/** What is checked further in a file with mistakes; a recipe that is no text counts as the file's own folder, which exists. */
const readable = z.object({recipes: z.array(z.string().catch('')).catch([]), set: schema.shape.set.catch({})})
