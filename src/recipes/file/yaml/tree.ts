/** The origin of text: a file, or one `--set` of the command line. */
export interface SourceText {
  /** Its name in messages: the file's path, or the whole flag. */
  readonly name: string
  readonly text: string
  /** Relative paths written here start in this folder. */
  readonly folder: string
  readonly flag?: boolean
}

/** A stretch of a source's text. */
export interface TextSpan {
  readonly source: SourceText
  readonly start: number
  readonly end: number
}

/** The number of the line on which a span begins. */
export const lineOf = ({source, start}: TextSpan): number => source.text.slice(0, start).split('\n').length

export interface TreeEntry {
  readonly key: TextSpan
  readonly value: Tree
}

/** A YAML value with the position of each part in its text; `removed` is a null in the place of an inherited value. */
export type Tree =
  | {readonly kind: 'removed'; readonly at: TextSpan}
  | {readonly kind: 'leaf'; readonly value: string | number | boolean | undefined; readonly at: TextSpan}
  | {readonly kind: 'list'; readonly items: readonly Tree[]; readonly at: TextSpan}
  | {readonly kind: 'map'; readonly entries: ReadonlyMap<string, TreeEntry>; readonly at: TextSpan}

export type YamlPath = readonly (string | number)[]

/** A mistake in a recipe, and its position. */
export interface RecipeFinding {
  readonly at: TextSpan
  readonly message: string
}

/**
 * The value without its positions and without what is removed. An empty leaf becomes null, so that it is not taken for a
 * missing one.
 */
export function plainValue(tree: Tree): unknown {
  if (tree.kind === 'removed') return undefined
  if (tree.kind === 'leaf') return tree.value ?? null
  if (tree.kind === 'list') return tree.items.map(plainValue)
  const present = [...tree.entries].filter(([, {value}]) => value.kind !== 'removed')
  return Object.fromEntries(present.map(([name, {value}]) => [name, plainValue(value)]))
}

/** Whether a file is a sweep file and no recipe: a map with the key `recipes`. */
export const isSweep = (tree: Tree): boolean => tree.kind === 'map' && tree.entries.has('recipes')

/** Whether a leaf is the word null, as opposed to an empty value. */
export const isNull = (tree: Tree): boolean =>
  tree.kind === 'leaf' &&
  tree.value === undefined &&
  /^(null|Null|NULL|~)$/.test(tree.at.source.text.slice(tree.at.start, tree.at.end))

/** A part of a tree, with the key that leads to it. */
export interface TreePart {
  readonly key?: TextSpan
  readonly value: Tree
}

/** The part at `path`; undefined if nothing is written there, or it is removed. */
export function partAt(tree: Tree, path: YamlPath): TreePart | undefined {
  let part: TreePart = {value: tree}
  for (const step of path) {
    const {value} = part
    const next =
      value.kind === 'map'
        ? value.entries.get(String(step))
        : value.kind === 'list' && typeof step === 'number' && value.items[step]
          ? {value: value.items[step]}
          : undefined
    if (!next || next.value.kind === 'removed') return undefined
    part = next
  }
  return part
}

/** The innermost key on the way to `path` that is written: where to point when the path itself is not. */
export function keyAbove(tree: Tree, path: YamlPath): TextSpan {
  for (let length = path.length; length > 0; length--) {
    const key = partAt(tree, path.slice(0, length))?.key
    if (key) return key
  }
  return {source: tree.at.source, start: 0, end: 0}
}

/** Where to point for the value at `path`: at itself, or at the innermost key on the way to it. */
export function spanAt(tree: Tree, path: YamlPath): TextSpan {
  const part = partAt(tree, path)
  return part?.value.kind === 'leaf' ? part.value.at : keyAbove(tree, path)
}

/** A map without one of its keys. */
export function withoutKeys(tree: Tree, names: readonly string[]): Tree {
  if (tree.kind !== 'map') return tree
  return {...tree, entries: new Map([...tree.entries].filter(([key]) => !names.includes(key)))}
}
