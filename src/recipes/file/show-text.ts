import {isNode} from 'yaml'
import {differingRowText} from '../../paper/differing-rows.ts'
import {withoutSet} from './change-recipe.ts'
import {leaves} from './leaves.ts'
import {differingRowsOf} from './paper-row.ts'
import type {ReadRecipe} from './read.ts'
import {recipeDocument} from './recipe-document.ts'
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
