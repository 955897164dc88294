import {existsSync} from 'node:fs'
import {dirname, relative, resolve} from 'node:path'
import {isNode} from 'yaml'
import {Fault} from '../../base/fault.ts'
import {makeFolder, writeText} from '../../base/files.ts'
import type {ReadRecipe} from './read.ts'
import {documentOf, recipeDocument} from './recipe-document.ts'
import {taskOf} from './task-of.ts'
import {NOT_INHERITED} from './yaml/extend.ts'
import {plainValue, type Tree} from './yaml/tree.ts'

/**
 * Writes a recipe to edit: one that extends another, with the overrides of `--set` and comments that list the values most
 * often changed, or, in full, one that stands alone. The paper's printed scores belong to the original row, so the new
 * recipe leaves them out.
 *
 * @throws Fault 'usage' if the file exists
 */
export async function newRecipe(
  read: ReadRecipe,
  {file, from, full}: {readonly file: string; readonly from: string; readonly full: boolean},
): Promise<void> {
  if (existsSync(file)) throw new Fault('usage', `${file}: already exists; name a new file`)
  const folder = dirname(resolve(file))
  const text = full
    ? wholeText(read, folder)
    : extendingText(read, folder, existsSync(from) ? relative(folder, resolve(from)) : from)
  await makeFolder(folder)
  await writeText(file, text)
}

/**
 * The text of a recipe that extends another, with the overrides of `--set`; the values that are most often changed are
 * comments that show their current values.
 */
function extendingText(read: ReadRecipe, folder: string, from: string): string {
  const {name, adapter, train, seed} = read.recipe
  const {adapter: ownAdapter, train: ownTrain, seed: ownSeed, ...others} = overridesOf(read, folder)
  const {method, ...settings} = adapter
  const isImage = taskOf(read.recipe).kind === 'images' // which has no tokens to limit
  const often = Object.entries(train ?? {}).filter(([key]) => OFTEN.includes(key) && !(isImage && key === 'maxTokens'))
  return [
    `# ${name}, changed: uncomment what you change and the heading of its block. A method other than ${method} needs its own settings.`,
    `extends: ${JSON.stringify(from)}`,
    ...yaml(others),
    ...block('adapter', ownAdapter, Object.entries(settings)),
    ...block('train', ownTrain, often),
    ...(ownSeed === undefined ? [`# seed: ${seed}`] : yaml({seed: ownSeed})),
    '',
  ].join('\n')
}

const OFTEN: readonly string[] = ['lr', 'epochs', 'steps', 'batch', 'microBatch', 'maxTokens']

/** A block's own values, and below them comments with the others; all comments if it has no values of its own. */
function block(name: string, own: unknown, entries: readonly (readonly [key: string, value: unknown])[]): string[] {
  const rest = entries.filter(([key]) => !Object.hasOwn(own ?? {}, key))
  const hints = rest.map(([key, value]) => `#   ${key}: ${JSON.stringify(value)}`)
  if (own !== undefined) return [...yaml({[name]: own}), ...hints]
  return hints.length === 0 ? [] : [`# ${name}:`, ...hints]
}

const yaml = (values: object): string[] =>
  Object.keys(values).length === 0 ? [] : documentOf(values).toString({lineWidth: 0}).trimEnd().split('\n')

function wholeText({recipe}: ReadRecipe, folder: string): string {
  const document = recipeDocument(recipe, folder)
  document.delete('name')
  document.delete('paper')
  document.delete('search')
  return `# ${recipe.name}, copied in full.\n${document.toString({lineWidth: 0})}`
}

/**
 * The overrides of `--set`, nested as in a file in `folder` that extends the recipe. An override that a later one reverts is
 * left out; a model or a source of data is written whole, with its path relative to `folder`.
 */
export function overridesOf(read: ReadRecipe, folder: string): Readonly<Record<string, unknown>> {
  const resolved = recipeDocument(read.recipe, folder)
  const placed = (path: readonly string[]) => {
    const node = resolved.getIn(path)
    return isNode(node) ? node.toJSON() : node
  }
  const written = Object.entries({...(pick(read.tree, [], placed) as object | undefined)})
  return Object.fromEntries(written.filter(([key, value]) => value !== null || !NOT_INHERITED.includes(key)))
}

/** The part of a tree that the command line wrote; undefined if it wrote none. */
function pick(tree: Tree, path: readonly string[], placed: (path: readonly string[]) => unknown): unknown {
  if (tree.kind === 'removed') return isFlagged(tree) ? null : undefined
  if (isSource(path)) return isFlagged(tree) ? placed(path) : undefined
  if (tree.kind !== 'map') return isFlagged(tree) ? plainValue(tree) : undefined
  const entries = [...tree.entries].map(([name, {value}]) => [name, pick(value, [...path, name], placed)] as const)
  const written = entries.filter(([, value]) => value !== undefined)
  return written.length > 0 ? Object.fromEntries(written) : undefined
}

/** Whether the command line wrote any part of a tree. */
function isFlagged(tree: Tree): boolean {
  if (tree.kind === 'map') return [...tree.entries.values()].some(({value}) => isFlagged(value))
  return tree.at.source.flag === true
}

/** Whether the keys lead to a model or a source of data, whose paths are relative to the file that names them. */
function isSource([block, name, column, ...rest]: readonly string[]): boolean {
  if (block === 'model') return name === undefined
  if (block !== 'data' || rest.length > 0) return false
  return name === 'test' ? column !== undefined : (name === 'train' || name === 'validation') && column === undefined
}
