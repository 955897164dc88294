import {dirname, resolve} from 'node:path'
import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {reportFindings} from '../recipes/file/yaml/findings.ts'
import {keyAbove, plainValue} from '../recipes/file/yaml/tree.ts'
import {parseYaml, readRecipeText} from '../recipes/file/yaml/yaml-source.ts'
import {SEEDS, seedsIn} from './seeds.ts'

/** What a sweep file message: a YAML map with `recipes`, which no recipe has. */
export interface SweepFile {
  /** Absolute. */
  readonly recipes: readonly string[]
  readonly seeds: readonly number[]
  /** As `--set` takes them. */
  readonly set: readonly string[]
}

/**
 * Reads a sweep file; undefined where the path is anything else, whose faults are told by who reads that.
 *
 * @throws Fault 'recipe' with all that is wrong with it
 */
export async function readSweepFile(file: string): Promise<SweepFile | undefined> {
  const read = await readRecipeText(file).catch(() => ({refused: ''}))
  if ('refused' in read) return undefined
  const source = {name: file, text: read.text, folder: dirname(resolve(file))}
  const {tree, findings} = parseYaml(source)
  if (tree?.kind !== 'map' || !tree.entries.has('recipes')) return undefined

  const {data, error} = schema.safeParse(plainValue(tree))
  const wrong = (error?.issues ?? []).map(({path, message}) => ({
    at: keyAbove(tree, path as (string | number)[]),
    message: `${path.join('.') || 'a sweep file'}: ${message}`,
  }))
  if (!data || findings.length > 0) throw new Fault('recipe', reportFindings([...findings, ...wrong], [source]))
  return {
    recipes: data.recipes.map(path => resolve(source.folder, path)),
    seeds: data.seeds,
    set: Object.entries(data.set).flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value]).map(one => `${key}=${JSON.stringify(one)}`),
    ),
  }
}

/** A list of numbers, or the text that `--seeds` takes. */
const seeds = z.unknown().transform((value, context) => {
  const found = Array.isArray(value) && value.length === 0 ? [] : seedsIn([value].flat().join())
  if (found) return found
  context.addIssue(`must be a list like [0, 1, 2], or ${SEEDS}`)
  return z.NEVER
})

const schema = z.strictObject({
  recipes: z.array(z.string().min(1)).min(1).readonly(),
  seeds: seeds.default([]),
  /** By the path of a key a value, or a list of values to try. */
  set: z.record(z.string(), z.json()).default({}),
})
