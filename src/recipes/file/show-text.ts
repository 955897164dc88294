import {relative} from 'node:path'
import {Document, isCollection, isNode, visit} from 'yaml'
import {escapeText} from '../../base/printable.ts'
import {differingRowText} from '../../paper/differing-rows.ts'
import {mapSources, withoutSet} from './complete.ts'
import {parseAddress} from './hub-reference.ts'
import {leaves} from './leaves.ts'
import {differingRowsOf} from './paper-row.ts'
import type {ReadRecipe} from './read.ts'
import type {Recipe} from './schema.ts'
import {lineOf, partAt, type TextSpan} from './yaml/tree.ts'

/** A resolved recipe as YAML, with each value's origin as a comment. Saved in the working folder, it runs as it is. */
export function showText(read: ReadRecipe): string {
  const document = recipeDocument(read.recipe, process.cwd())
  for (const {path, from} of originsOf(read)) {
    const node = document.getIn(path, true) ?? document.get(path[0], true) // model.path is {hub: …} as a whole
    if (isNode(node)) node.comment = ` ${from}`
  }
  const others = differingRowsOf(read.recipe).map(row => `# ${differingRowText(row)}`)
  return [document.toString({lineWidth: 0}).trimEnd(), ...others].join('\n')
}

/**
 * A recipe as a YAML document to be saved in `folder`: paths are relative to it, sources on the hub are
 * written as in a recipe file; lists and sources on the hub are on one line.
 */
export function recipeDocument(recipe: Recipe, folder: string): Document {
  return documentOf({...withoutSet(recipe), ...sourcesOf(recipe, folder)})
}

/** Values as YAML; lists and sources on the hub are on one line. Text that is printed with escapes is in double quotes. */
export function documentOf(written: object): Document {
  const document = new Document(JSON.parse(JSON.stringify(written)))
  for (const path of inlinePaths(written)) {
    const node = document.getIn(path, true)
    if (isCollection(node)) node.flow = true
  }
  visit(document, {
    Scalar(_, scalar) {
      const {value} = scalar
      if (typeof value === 'string' && escapeText(value) !== value) scalar.type = 'QUOTE_DOUBLE'
    },
  })
  return document
}

function sourcesOf({model, data}: Recipe, folder: string): object {
  const local = (path: string) => relative(folder, path) || '.'
  const source = (path: string): object | string => hubSource(path) ?? local(path)
  return {
    model:
      'path' in model ? (hubSource(model.path) ?? {path: local(model.path)}) : {...model, config: local(model.config)},
    data: mapSources(data, source),
  }
}

function hubSource(path: string): object | undefined {
  const source = parseAddress(path)
  if (!source) return undefined
  const {name, file, revision} = source
  return {hub: name, file, revision: revision === 'main' ? undefined : revision}
}

/** The paths of lists, of sources on the hub and of empty values, which are written on one line. */
function inlinePaths(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value) || 'hub' in value || Object.keys(value).length === 0) return [path]
  return Object.entries(value).flatMap(([key, inner]) => inlinePaths(inner, [...path, key]))
}

/** The origin of a value of a resolved recipe. */
export interface ValueOrigin {
  readonly path: readonly string[]
  readonly value: unknown
  /** `configs/gsm8k/_base.yaml:12`, `--set train.lr=1e-3`, `profile official-code`, `default`. */
  readonly from: string
}

/** The origin of every value, lists being one value, in the recipe's order. */
export function originsOf(read: ReadRecipe): ValueOrigin[] {
  return leaves(withoutSet(read.recipe)).map(leaf => ({...leaf, from: originOf(leaf.path, read)}))
}

function originOf(path: readonly string[], {tree, decisions}: ReadRecipe): string {
  const part = partAt(tree, path) ?? shorthand(path, tree)
  if (part) return spanText(part.value.at)
  const decided = decisions.find(({key}) => key === path.join('.'))
  if (decided) return `profile ${decided.origin}`
  return path[0] === 'name' ? "the file's own name" : 'default'
}

/** The part that wrote a model's path in its short form: as the model, or as a source on the hub. */
function shorthand(path: readonly string[], tree: ReadRecipe['tree']) {
  if (path.join('.') !== 'model.path') return undefined
  const part = partAt(tree, ['model'])
  return part?.value.kind === 'leaf' ? part : partAt(tree, ['model', 'hub'])
}

const spanText = (span: TextSpan) => (span.source.flag ? span.source.name : `${span.source.name}:${lineOf(span)}`)
