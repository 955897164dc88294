import type {z} from 'zod'
import {compact, sum} from '../../base/collections.ts'
import {escapeLine} from '../../base/printable.ts'
import {didYouMean, nearest, suggestion} from '../../base/text/nearest.ts'
import {accepts, describeSchemas, descriptionAt, type JsonSchema, keysAt, pathsNamed, schemasAt} from './json-schema.ts'
import {
  isNull,
  keyAbove,
  partAt,
  type RecipeFinding,
  type TextSpan,
  type Tree,
  type TreePart,
  type YamlPath,
} from './yaml/tree.ts'

type Issue = z.core.$ZodIssue

/** Turns the schema's issues with a recipe into messages, each at the position where the value was written. */
export function diagnose(issues: readonly Issue[], tree: Tree, value: unknown): RecipeFinding[] {
  const flat = issues.flatMap(issue => unfold(issue, tree))
  const unknown = flat.flatMap(issue => {
    const {path, keys} = unknownKeys(issue, tree)
    return keys.map(key => unknownKey(path, key, {tree, value}))
  })
  const meant = new Set(unknown.map(({means}) => means))
  return [
    ...unknown,
    ...flat.flatMap(issue => {
      const path = pathOf(issue)
      if (issue.code === 'unrecognized_keys') return []
      const part = partAt(tree, path)
      if (part) return [wrongValue(issue, part, value)]
      return meant.has(path.join('.')) ? [] : [missingKey(path, {tree, value})]
    }),
  ]
}

/** The unknown keys of a map; of one whose alternative is unknown, as an `adapter` without a method, those that no alternative has. */
function unknownKeys(issue: Issue, tree: Tree): {readonly path: YamlPath; readonly keys: readonly string[]} {
  if (issue.code === 'unrecognized_keys') return {path: pathOf(issue), keys: issue.keys}
  const path = pathOf(issue).slice(0, -1)
  const map = partAt(tree, path)?.value
  if (issue.code !== 'invalid_union' || issue.discriminator === undefined || map?.kind !== 'map')
    return {path, keys: []}
  const known = keysAt(path).names
  return {path, keys: [...map.entries.keys()].filter(key => !known.includes(key))}
}

/** The keys that lead to the value of an issue: a recipe has no symbols for keys. */
export const pathOf = ({path}: Pick<Issue, 'path'>) => path as YamlPath

/** Replaces an issue with a union by the issues with the alternative that the value comes closest to, if there is one. */
function unfold(issue: Issue, tree: Tree): Issue[] {
  if (issue.code !== 'invalid_union' || !partAt(tree, pathOf(issue))) return [issue]
  const close = issue.errors
    .filter(
      errors =>
        !errors.some(({code, path}) => path.length === 0 && code !== 'unrecognized_keys' && code !== 'too_small'),
    )
    .sort((a, b) => misfit(a) - misfit(b))
  if (!close[0]) return [issue]
  return close[0].flatMap(inner => unfold({...inner, path: [...issue.path, ...inner.path]}, tree))
}

const misfit = (issues: readonly Issue[]) =>
  sum(issues.map(issue => (issue.code === 'unrecognized_keys' ? 3 * issue.keys.length : 1)))

interface ParsedRecipe {
  readonly tree: Tree
  readonly value: unknown
}

function unknownKey(
  path: YamlPath,
  key: string,
  {tree, value}: ParsedRecipe,
): RecipeFinding & {readonly means?: string} {
  const {message, near} = describeUnknownKey(path, key, value)
  return {
    at: partAt(tree, [...path, key])?.key ?? keyAbove(tree, path),
    message,
    means: near && [...path, near].join('.'),
  }
}

/** The message about a key that a recipe does not have at `path`, and the key there that was probably meant. */
export function describeUnknownKey(path: YamlPath, key: string, value?: unknown): {message: string; near?: string} {
  const {names} = keysAt(path, value)
  const own = ownKey(key)
  const meant = names.includes(own) ? own : nearest(key, names)
  const near = names.includes(key) ? undefined : meant
  const advice = didYouMean(near) ?? adviceOnKey(path, own, value)
  return {message: `unknown key${inside(path)}: ${escapeLine(key, 60)}; ${advice}`, near}
}

/** The keys of a recipe by their names in PEFT's configs, transformers' TrainingArguments and TRL. */
const FOREIGN_KEYS: Readonly<Record<string, string>> = {
  r: 'rank',
  lora_alpha: 'alpha',
  lora_dropout: 'dropout',
  target_modules: 'targets',
  learning_rate: 'lr',
  num_train_epochs: 'epochs',
  max_steps: 'steps',
  per_device_train_batch_size: 'microBatch',
  gradient_accumulation_steps: 'microBatch',
  lr_scheduler_type: 'schedule',
  max_grad_norm: 'clip',
  adam_epsilon: 'eps',
  max_length: 'maxTokens',
  max_seq_length: 'maxTokens',
  save_steps: 'saveEvery',
  gradient_checkpointing: 'recompute',
}

/** The name that svft has for a key; the key itself if PEFT and transformers have no other. */
const ownKey = (key: string): string => (Object.hasOwn(FOREIGN_KEYS, key) ? FOREIGN_KEYS[key] : key)

/** Where a key belongs that is like none at `path`; else the keys that are known there. */
function adviceOnKey(path: YamlPath, key: string, value: unknown): string {
  const known = `known: ${value === undefined ? keysAt(path).names.join(', ') : alternatives(path, value)}`
  if (keysAt(path).names.includes(key)) {
    const chosen = choice(path, value) // which lacks this key, while another alternative has it
    return chosen ? `not for ${chosen}; ${known}` : known
  }
  const elsewhere = pathsNamed(key).filter(other => other !== [...path, key].join('.'))
  return didYouMean(elsewhere) ?? known
}

/** The keys of a map; of one that has alternatives, the keys of each or, of many, those that any has. */
function alternatives(path: YamlPath, value: unknown): string {
  const maps = compact(schemasAt(path, value).map(({properties}) => properties && Object.keys(properties).join(', ')))
  if (maps.length > MOST_ALTERNATIVES) return keysAt(path).names.join(', ')
  return maps.length === 1 ? maps[0] : maps.map(keys => `{${keys}}`).join(' or ')
}

const MOST_ALTERNATIVES = 4

/** The alternative that was chosen for a map, like `method full`. */
function choice(path: YamlPath, value: unknown): string | undefined {
  const shapes = schemasAt(path, value)
  const mark = Object.entries(shapes[0]?.properties ?? {}).find(([, shape]) => shape.const !== undefined)
  return shapes.length === 1 && mark ? `${mark[0]} ${mark[1].const}` : undefined
}

function missingKey(path: YamlPath, {tree, value}: ParsedRecipe): RecipeFinding {
  const above = path.slice(0, -1)
  const about = descriptionAt(path, value) ?? describeSchemas(schemasAt(path, value))
  const message = `missing key${inside(above)}: ${path.at(-1)} (${about})`
  const method = partAt(tree, [...above, 'method'])
  if (!method?.value.at.source.flag) return {at: keyAbove(tree, above), message}
  return {at: method.value.at, message: `${message}; add --set ${dotted(path)}=…`}
}

function wrongValue(issue: Issue, {key, value: written}: TreePart, value: unknown): RecipeFinding {
  const path = pathOf(issue)
  if (issue.code === 'invalid_key') {
    const [{message}] = issue.issues
    const name = escapeLine(String(path.at(-1)), 60)
    return {at: key ?? written.at, message: `a key of ${dotted(path.slice(0, -1))} ${message}: ${name}`}
  }
  const wrong = {name: dotted(path), written, shapes: schemasAt(path, value)}
  return {at: spanOf(written, key), message: describeWrongValue(issue, wrong)}
}

/** The value of the key `name`, which fits none of the schemas. */
interface WrongValue {
  readonly name: string
  readonly written: Tree
  readonly shapes: readonly JsonSchema[]
}

function describeWrongValue(issue: Issue, wrong: WrongValue): string {
  const {name, written, shapes} = wrong
  const options = shapes.flatMap(shape => shape.enum ?? shape.const ?? []).map(String)
  const text = written.kind === 'leaf' && typeof written.value === 'string' ? written.value : undefined
  const near = text === undefined ? undefined : nearest(text, options)
  if (text !== undefined && shapes.every(shape => shape.enum || (shape.const && shapes.length > 1)))
    return `unknown ${name}: ${writtenText(written)}; ${suggestion(near, options)}`
  if (issue.code === 'too_small' && written.kind === 'list' && written.items.length === 0)
    return `${name} must not be empty`
  const isOurs = /^[a-z]/.test(issue.message) // a message of the schema; zod's own begin with a capital
  const demand = isOurs ? issue.message : `must be ${expected(wrong)}${mapExample(wrong)}`
  const message = `${name} ${demand}: ${writtenText(written)}`
  if (isNull(written)) return `${message}; null removes an inherited value, and none is inherited here`
  return near && shapes.length > 1 ? `${message}; ${didYouMean(near)}` : message
}

/** The value in a map as it may have been meant: `, like {train: 20}` for `data.limit: 20`. Empty where no key fits. */
function mapExample({name, written, shapes}: WrongValue): string {
  if (written.kind !== 'leaf' || !written.value || !shapes.every(({type}) => type === 'object')) return ''
  const key = shapes.map(shape => firstKey(name, shape)).find(([, inner]) => accepts(inner, written.value))
  return key ? `, like {${key[0]}: ${writtenText(written)}}` : ''
}

/** The first key of a map, with the schema of its value; of a map with keys of one's own, one that is common. */
function firstKey(name: string, {properties = {}, additionalProperties: others}: JsonSchema): [string, JsonSchema] {
  const [known] = Object.entries(properties)
  return known ?? [COMMON_KEYS[name] ?? 'name', typeof others === 'object' ? others : {}]
}

const COMMON_KEYS: Readonly<Record<string, string>> = {
  'data.test': 'test',
  'data.columns': 'text',
  'train.lrs': "'classifier.*'",
}

/** Describes the expected value, with the limits that `describeSchemas` leaves out where the value is beyond them. */
function expected({written, shapes}: WrongValue): string {
  const value = written.kind === 'leaf' ? written.value : undefined
  const [{type, minimum, maximum}] = shapes
  if (typeof value === 'number' && !Number.isFinite(value) && type === 'number')
    return `${describeSchemas(shapes)}, and finite`
  const beyond = type === 'integer' && maximum === Number.MAX_SAFE_INTEGER && Number(value) > maximum
  return beyond ? `a whole number from ${minimum} to ${maximum}` : describeSchemas(shapes)
}

/** The span to mark for a value: of a map or list its key, because its own text can be many lines. */
const spanOf = (written: Tree, key: TextSpan | undefined) =>
  written.kind === 'leaf' ? written.at : (key ?? written.at)

/** A value as it was written; of a list or map, only its kind. */
export function writtenText(written: Tree): string {
  if (written.kind === 'list') return written.items.length > 0 ? `a list of ${written.items.length}` : 'an empty list'
  if (written.kind === 'map') return 'a map'
  if (written.kind === 'removed') return 'null'
  if (written.value === undefined) return isNull(written) ? 'null' : 'nothing'
  return escapeLine(written.at.source.text.slice(written.at.start, written.at.end).trim(), 60)
}

const inside = (path: YamlPath) => (path.length > 0 ? ` in ${dotted(path)}` : '')

/** A path as people write it: `adapter.targets[1]`. */
const dotted = (path: YamlPath) =>
  path
    .map((step, i) =>
      typeof step === 'number' ? `[${step}]` : i > 0 ? `.${escapeLine(step, 60)}` : escapeLine(step, 60),
    )
    .join('')
