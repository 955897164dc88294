import {withoutSet} from './complete.ts'
import type {ReadRecipe} from './read.ts'
import {partAt, type Span} from './tree.ts'

/** Where a value of a resolved recipe comes from. */
export interface Origin {
  readonly path: readonly string[]
  readonly value: unknown
  /** `configs/gsm8k/_base.yaml:12`, `--set train.lr=1e-3`, `profile official-code`, `default`. */
  readonly from: string
}

/** The origin of every value, lists being one value, in the recipe's order. */
export function originsOf(read: ReadRecipe): Origin[] {
  return leaves(withoutSet(read.recipe)).map(leaf => ({...leaf, from: originOf(leaf.path, read)}))
}

function originOf(path: readonly string[], {tree, decisions}: ReadRecipe): string {
  const part = partAt(tree, path) ?? shorthand(path, tree)
  if (part) return spanText(part.value.at)
  const decided = decisions.find(({key}) => key === path.join('.'))
  if (decided) return `profile ${decided.origin}`
  return path[0] === 'name' ? "the file's own name" : 'default'
}

/** A model's path may be written as the model, or as what the hub has. */
function shorthand(path: readonly string[], tree: ReadRecipe['tree']) {
  if (path.join('.') !== 'model.path') return undefined
  const part = partAt(tree, ['model'])
  return part?.value.kind === 'leaf' ? part : partAt(tree, ['model', 'hub'])
}

const spanText = ({source, start}: Span) =>
  source.flag ? source.name : `${source.name}:${source.text.slice(0, start).split('\n').length}`

/** The values below a value, with their paths; a list is one value. */
export function leaves(value: unknown, path: readonly string[] = []): Pick<Origin, 'path' | 'value'>[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{path, value}]
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return entries.length === 0 ? [{path, value}] : entries.flatMap(([key, inner]) => leaves(inner, [...path, key]))
}
