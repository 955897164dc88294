import {z} from 'zod'
import {compact, mapValues} from '../../base/collections.ts'
import {schema} from './schema.ts'
import type {YamlPath} from './yaml/tree.ts'

/** The part of JSON Schema that zod writes for recipes. */
export interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema | readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
}

let root: JsonSchema | undefined

export function recipeJsonSchema(): JsonSchema {
  root ??= z.toJSONSchema(schema, {io: 'input', target: 'draft-7'}) as JsonSchema
  return root
}

/**
 * JSON Schema (draft 7) for editors. A file may leave out whatever it inherits, so nothing is required here: missing
 * keys are found when the recipe is read. Any value may be null, which removes an inherited one.
 */
export function editorJsonSchema(): object {
  const whole = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    override({jsonSchema}) {
      delete jsonSchema.required
      if (jsonSchema.oneOf) {
        jsonSchema.anyOf = jsonSchema.oneOf // without required keys more than one can fit
        delete jsonSchema.oneOf
      }
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  })
  return allowNulls(whole as JsonSchema)
}

/** The schema with null allowed as the value of any key. */
function allowNulls({properties, additionalProperties: others, anyOf, ...shape}: JsonSchema): JsonSchema {
  return {
    ...shape,
    ...(properties && {
      properties: mapValues(properties, orNull),
    }),
    ...(others !== undefined && {additionalProperties: typeof others === 'object' ? orNull(others) : others}),
    ...(anyOf && {anyOf: anyOf.map(allowNulls)}),
  }
}

const orNull = ({description, ...shape}: JsonSchema): JsonSchema => ({
  ...(description !== undefined && {description}),
  anyOf: [allowNulls(shape), {type: 'null'}],
})

/** The schemas that the value at `path` may match; `value`, the whole recipe, narrows alternatives by their constants. */
export function schemasAt(path: YamlPath, value?: unknown): readonly JsonSchema[] {
  return narrowed(declaredAt(path, value), path.reduce(step, value))
}

export function descriptionAt(path: YamlPath, value?: unknown): string | undefined {
  return declaredAt(path, value)[0]?.description
}

/** The keys that a map at `path` may have by name, and whether it takes others. */
export function keysAt(path: YamlPath, value?: unknown): {readonly names: readonly string[]; readonly others: boolean} {
  const shapes = schemasAt(path, value)
  const names = new Set(shapes.flatMap(shape => Object.keys(shape.properties ?? {})))
  return {names: [...names], others: shapes.some(({additionalProperties: more}) => typeof more === 'object')}
}

/** The dotted paths at which a key of this name is known. */
export function pathsNamed(name: string, shape = recipeJsonSchema(), path: readonly string[] = []): string[] {
  const found = Object.entries(shape.properties ?? {}).flatMap(([key, inner]) => [
    ...(key === name ? [[...path, key].join('.')] : []),
    ...pathsNamed(name, inner, [...path, key]),
  ])
  return [...new Set([...found, ...variants(shape).flatMap(variant => pathsNamed(name, variant, path))])]
}

/** The keys that `--set` could mean by a name: `train.lr` for `lr`. A name that is a key itself means that key alone. */
export function settableKeys(name: string): readonly string[] {
  const paths = pathsNamed(name.split('.').at(-1) ?? name).filter(path => `.${path}`.endsWith(`.${name}`))
  const keys = paths.filter(path => !path.startsWith('search.')) // what svft tune records of its search
  return keys.includes(name) ? [name] : keys
}

/** Describes the values of these shapes in words: `a number above 0`, `onnx, js or tensorflow`. */
export function describeSchemas(shapes: readonly JsonSchema[]): string {
  return alternatives([...new Set(shapes.map(describeSchema))])
}

const alternatives = (words: readonly string[]) =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter(Boolean).join(' or ')

/** Whether a schema accepts a value that is text, a number or a boolean; the rules of texts are not checked. */
export function accepts(shape: JsonSchema, value: unknown): boolean {
  if (variants(shape).length > 0) return variants(shape).some(variant => accepts(variant, value))
  if (shape.const !== undefined) return shape.const === value
  if (shape.enum) return shape.enum.includes(value)
  if (typeof value !== 'number') return shape.type === typeof value
  const {minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity} = shape
  const isWithin = minimum <= value && value <= maximum && exclusiveMinimum < value && value < exclusiveMaximum
  return isWithin && (shape.type === 'number' || (shape.type === 'integer' && Number.isInteger(value)))
}

function declaredAt(path: YamlPath, value: unknown): readonly JsonSchema[] {
  const last = path.at(-1)
  return last === undefined
    ? [recipeJsonSchema()]
    : schemasAt(path.slice(0, -1), value).flatMap(shape => child(shape, last))
}

const step = (value: unknown, key: string | number) => (value as Record<string, unknown> | null | undefined)?.[key]

function narrowed(shapes: readonly JsonSchema[], value: unknown): readonly JsonSchema[] {
  const all = shapes.flatMap(shape => (variants(shape).length > 0 ? narrowed(variants(shape), value) : [shape]))
  if (typeof value !== 'object' || value === null) return all
  const fitting = all.filter(({properties = {}}) => {
    const marks = Object.entries(properties).filter(([, {const: mark}]) => mark !== undefined)
    return marks.length > 0 && marks.every(([key, mark]) => (value as Record<string, unknown>)[key] === mark.const)
  })
  return fitting.length > 0 ? fitting : all
}

const variants = (shape: JsonSchema) => shape.anyOf ?? shape.oneOf ?? []

function child(shape: JsonSchema, step: string | number): readonly JsonSchema[] {
  if (typeof step === 'number') return ([shape.items ?? []].flat() as readonly JsonSchema[]).slice(0, 1)
  const known = shape.properties && Object.hasOwn(shape.properties, step) ? shape.properties[step] : undefined
  const more = typeof shape.additionalProperties === 'object' ? shape.additionalProperties : undefined
  return known ? [known] : more ? [more] : []
}

const PLURALS: Readonly<Record<string, string>> = {integer: 'whole numbers', string: 'texts'}

function describeSchema(shape: JsonSchema): string {
  if (shape.const !== undefined) return String(shape.const)
  if (shape.enum) return alternatives(shape.enum.map(String))
  if (shape.type === 'boolean') return 'true or false'
  if (shape.type === 'object') return 'a map'
  if (shape.type === 'string') return 'text'
  if (shape.type === 'array') {
    if (Array.isArray(shape.items)) return `a list of ${shape.items.length} numbers`
    const item = shape.items as JsonSchema
    return `a list of ${PLURALS[item.type ?? ''] ?? describeSchema(item)}`
  }
  return [shape.type === 'integer' ? 'a whole number' : 'a number', bounds(shape)].filter(Boolean).join(' ')
}

function bounds({minimum, maximum, exclusiveMinimum, exclusiveMaximum}: JsonSchema): string {
  const safe = (limit = Number.NaN) => Math.abs(limit) < Number.MAX_SAFE_INTEGER
  if (safe(minimum) && safe(maximum)) return `from ${minimum} to ${maximum}`
  return compact([
    safe(minimum) && `of at least ${minimum}`,
    safe(maximum) && `of at most ${maximum}`,
    safe(exclusiveMinimum) && `above ${exclusiveMinimum}`,
    safe(exclusiveMaximum) && `below ${exclusiveMaximum}`,
  ]).join(' and ')
}
