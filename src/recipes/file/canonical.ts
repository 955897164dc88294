import {z} from 'zod'
import {compareText} from '../../base/collections.ts'
import {isObject} from '../../base/json.ts'
import {type RunIdentity, runIdentity} from '../../base/run-identity.ts'
import {mapPaths} from './change-recipe.ts'
import {type Recipe, schema} from './schema.ts'
import {partOf} from './splits.ts'

/**
 * One text for all recipes that train and score the same: the fields that the schema declares as hashed, with sorted keys.
 * Paths are left out, since a run is identified by the contents of its model and data (identity.ts).
 */
export function canonical(recipe: Recipe): string {
  const hashed = hashedFields(
    schema,
    mapPaths(recipe, (_, at) => markOf(recipe, at)),
    recipe.task,
  )
  return sortedJson(hashed)
}

/** A value as JSON with sorted keys: one text for all values that are equal. */
export const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part) => (isObject(part) ? sortKeys(part) : part))

/**
 * The text in place of a path. It is empty unless `data.split` is there and whether the source is cut out of train, which depends
 * on its path, is not as usual: a column cuts all splits, and a share the split that it is for.
 */
function markOf({data}: Recipe, [block, kind, column = kind]: readonly string[]): string {
  const {split} = data
  if (block !== 'data' || kind === 'train' || !split) return ''
  const isCut = partOf({data}, column) !== undefined
  const isUsual = isCut === ('column' in split || (column === 'test' && split.test !== undefined))
  return isUsual ? '' : isCut ? 'part' : 'whole'
}

function hashedFields(type: z.core.$ZodType, value: unknown, task: string): unknown {
  const fields = isObject(value) ? fieldsOf(type, value) : undefined
  if (!fields || !isObject(value)) return value
  const kept = Object.entries(fields).flatMap(([key, field]) => {
    const declared = runIdentity.get(field)
    if (declared && !isHashed(declared, value[key], task)) return []
    return [[key, declared ? value[key] : hashedFields(field, value[key], task)]]
  })
  return Object.fromEntries(kept)
}

function isHashed({hashed, unless}: RunIdentity, value: unknown, task: string): boolean {
  return hashed && value !== (typeof unless === 'function' ? unless(task) : unless)
}

/** The fields of a block of the schema; of one with alternatives, those of the alternative that `value` chose. */
function fieldsOf(type: z.core.$ZodType, value: Readonly<Record<string, unknown>>): z.core.$ZodShape | undefined {
  if (type instanceof z.ZodObject) return type.shape
  if (type instanceof z.ZodOptional || type instanceof z.ZodPrefault) return fieldsOf(type.unwrap(), value)
  if (!(type instanceof z.ZodDiscriminatedUnion)) return undefined
  const {options, discriminator} = type.def
  const chosen = options.find(option => {
    const mark = option instanceof z.ZodObject ? option.shape[discriminator] : undefined
    return mark instanceof z.ZodLiteral && mark.value === value[discriminator]
  })
  return chosen && fieldsOf(chosen, value)
}

const sortKeys = (value: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareText(a, b)))
