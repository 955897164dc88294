import {withoutSet} from './complete.ts'
import {leaves} from './leaves.ts'
import type {ReadRecipe} from './read.ts'
import {partAt, type TextSpan} from './yaml/tree.ts'

/** Where a value of a resolved recipe comes from. */
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

/** A model's path may be written as the model, or as what the hub has. */
function shorthand(path: readonly string[], tree: ReadRecipe['tree']) {
  if (path.join('.') !== 'model.path') return undefined
  const part = partAt(tree, ['model'])
  return part?.value.kind === 'leaf' ? part : partAt(tree, ['model', 'hub'])
}

const spanText = ({source, start}: TextSpan) =>
  source.flag ? source.name : `${source.name}:${source.text.slice(0, start).split('\n').length}`
