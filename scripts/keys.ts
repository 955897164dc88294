// Writes docs/KEYS.md, the list of all keys of a recipe, from the schema that checks recipes: npm run keys
import {writeFileSync} from 'node:fs'
import {CONFLICTS} from '../src/paper/conflicts.ts'
import {describeSchemas, type JsonSchema, recipeJsonSchema} from '../src/recipes/file/json-schema.ts'
import {runWhenStarted} from './start.ts'

const HEAD = `# The keys of a recipe

All keys, with what they take. \`npm run keys\` writes this page from the schema that checks recipes; \`svft schema\` prints the same for editors.
A recipe may inherit any key from those it extends, and \`null\` removes an inherited value. \`svft show <recipe>\` prints the value of every key,
with its source.

Required are \`task\`, \`model\`, \`data.train\`, \`data.test\` (or \`data.split\` with a test part) and \`adapter\`. A recipe that trains also needs
\`train.lr\`, \`train.batch\` and either \`train.epochs\` or \`train.steps\`.`

/** A key and what it may be, as a line of a table. */
interface Key {
  readonly path: string
  readonly line: string
}

/** The text of the page. */
export function keysPage(): string {
  const {properties = {}} = recipeJsonSchema()
  const all = Object.entries(properties)
  const single = all.filter(([, shape]) => inner(shape).length === 0)
  const blocks = all.filter(([, shape]) => inner(shape).length > 0)
  return [
    HEAD,
    '## The run',
    table(single.flatMap(([name, shape]) => keysOf(name, shape))),
    ...blocks.flatMap(([name, shape]) => (name === 'adapter' ? methods(shape) : block(name, shape))),
  ].join('\n\n')
}

function block(name: string, shape: JsonSchema): string[] {
  const {description = ''} = shape
  const keys = keysOf(name, shape)
  const isSaid = keys.some(({path}) => path === name)
  return [
    `## ${name}`,
    ...(isSaid ? [] : [`${description.charAt(0).toUpperCase()}${description.slice(1)}.`]),
    table(keys),
  ]
}

/** A section for each method; keys that most of them share come first, and again in the sections where their lines differ. */
function methods(adapter: JsonSchema): string[] {
  const sections = inner(adapter).map(shape => {
    const name = String(shape.properties?.method.const)
    const keys = keysOf('adapter', shape, name).filter(({path}) => !['adapter', 'adapter.method'].includes(path))
    return {name, about: shape.description ?? '', keys}
  })
  const countOf = (path: string) => sections.filter(({keys}) => keys.some(key => key.path === path)).length
  const isShared = ({path}: Key) => countOf(path) > sections.length / 2
  const [{keys: first}] = sections
  const shared = new Set(first.filter(isShared).map(({line}) => line))
  const others = sections.map(({keys, ...rest}) => ({...rest, keys: keys.filter(({line}) => !shared.has(line))}))
  const bare = others.filter(({keys}) => keys.length === 0).map(({name, about}) => `\`${name}\` (${about})`)
  return [
    '## adapter',
    `\`adapter.method\` is ${describeSchemas(inner(adapter).flatMap(({properties = {}}) => properties.method))}. The methods that adapt layers share these keys:`,
    table(first.filter(isShared)),
    ...others
      .filter(({keys}) => keys.length > 0)
      .flatMap(({name, about, keys}) => [`### method: ${name}`, `${about}.`, table(keys)]),
    `${bare.slice(0, -1).join(', ')} and ${bare.at(-1)} have no keys of their own.`,
  ]
}

/** The key itself, if it takes more than a map, and the keys of the maps that it takes. */
function keysOf(path: string, shape: JsonSchema, method?: string): Key[] {
  const maps = inner(shape)
  const taken = alternatives(shape).filter(one => !one.properties)
  const own = taken.length === 0 ? [] : [{path, line: line(path, shape, {taken, method})}]
  const below = maps.flatMap(({properties = {}, additionalProperties: others}) => [
    ...Object.entries(properties).flatMap(([name, child]) => keysOf(`${path}.${name}`, child, method)),
    ...(typeof others === 'object' ? keysOf(`${path}.*`, others, method) : []),
  ])
  return [...own, ...below.filter((key, i) => below.findIndex(other => other.path === key.path) === i)]
}

const alternatives = (shape: JsonSchema): readonly JsonSchema[] =>
  (shape.anyOf ?? shape.oneOf)?.flatMap(alternatives) ?? [shape]

/** The maps with named keys that a value may be. */
const inner = (shape: JsonSchema) => alternatives(shape).filter(({properties}) => properties)

/** The keys that a profile fills in, each with the method that it does so for, or undefined for all. */
const SWITCHED = new Set(
  CONFLICTS.flatMap(({switches = []}) => switches).flatMap(({key, methods}) =>
    (methods ?? [undefined]).map(method => `${key} ${method}`),
  ),
)

function line(
  path: string,
  shape: JsonSchema,
  {taken, method}: {taken: readonly JsonSchema[]; method: string | undefined},
): string {
  const {description = '', default: fallback} = shape as JsonSchema & {readonly default?: unknown}
  const isDecided = SWITCHED.has(`${path} ${method}`) || SWITCHED.has(`${path} undefined`)
  const isSaid = description.includes('default:') || isEmpty(fallback)
  const value = fallback === undefined ? [] : [JSON.stringify(fallback).replaceAll('"', '')]
  const decided = isDecided ? [value.length > 0 ? 'unless the profile sets it' : 'set by the profile'] : []
  const defaults = isSaid ? [] : [...value, ...decided]
  const about = [description, ...(defaults.length > 0 ? [`default: ${defaults.join(', ')}`] : [])].join('; ')
  return `| \`${path}\` | ${describeSchemas(taken)} | ${about.replaceAll(/[*|<]/g, '\\$&')} |`
}

const isEmpty = (value: unknown) => typeof value === 'object' && Object.keys(value as object).length === 0

const table = (keys: readonly Key[]) =>
  ['| key | takes | meaning |', '|---|---|---|', ...keys.map(key => key.line)].join('\n')

await runWhenStarted(import.meta.url, async () => {
  writeFileSync(new URL('../docs/KEYS.md', import.meta.url), `${keysPage()}\n`)
})
