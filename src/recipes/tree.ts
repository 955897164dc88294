/** Where text was written: a file, or one `--set` of the command line. */
export interface Source {
  /** What reports call it: the file's path, or the whole flag. */
  readonly name: string
  readonly text: string
  /** Relative paths written here start in this folder. */
  readonly folder: string
  readonly flag?: boolean
}

/** A stretch of a source's text. */
export interface Span {
  readonly source: Source
  readonly start: number
  readonly end: number
}

export interface Entry {
  readonly key: Span
  readonly value: Tree
}

/** A YAML value that remembers where each part of it was written. */
export type Tree =
  | {readonly kind: 'leaf'; readonly value: string | number | boolean | undefined; readonly at: Span}
  | {readonly kind: 'list'; readonly items: readonly Tree[]; readonly at: Span}
  | {readonly kind: 'map'; readonly entries: ReadonlyMap<string, Entry>; readonly at: Span}

export type Path = readonly (string | number)[]

/** Something wrong, and where. */
export interface Finding {
  readonly at: Span
  readonly says: string
}

/** The value without its places. An empty leaf becomes null, so that it is not taken for a missing one. */
export function plain(tree: Tree): unknown {
  if (tree.kind === 'leaf') return tree.value ?? null
  if (tree.kind === 'list') return tree.items.map(plain)
  return Object.fromEntries([...tree.entries].map(([name, {value}]) => [name, plain(value)]))
}

/** The part at `path`, with the key that leads to it; undefined where nothing is written. */
export function partAt(tree: Tree, path: Path): {readonly key?: Span; readonly value: Tree} | undefined {
  let part: {readonly key?: Span; readonly value: Tree} = {value: tree}
  for (const step of path) {
    const {value} = part
    const next =
      value.kind === 'map'
        ? value.entries.get(String(step))
        : value.kind === 'list' && typeof step === 'number' && value.items[step]
          ? {value: value.items[step]}
          : undefined
    if (!next) return undefined
    part = next
  }
  return part
}

/** The innermost key on the way to `path` that is written: where to point when the path itself is not. */
export function keyAbove(tree: Tree, path: Path): Span {
  for (let length = path.length; length > 0; length--) {
    const key = partAt(tree, path.slice(0, length))?.key
    if (key) return key
  }
  return {source: tree.at.source, start: 0, end: 0}
}

/** Settings that exclude each other: a recipe that writes one of them drops the others it inherits. */
const ALTERNATIVES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  model: [['path'], ['config', 'init']],
  train: [['epochs'], ['steps']],
  'train ': [['warmup'], ['warmupSteps']],
}

/**
 * `child` over `parent`: maps merge, everything else is replaced. An adapter of another method replaces the inherited
 * one whole, and of settings that exclude each other the child's stays. Keys on the way to an override stay where the
 * file wrote them.
 */
export function merge(parent: Tree, child: Tree, path = ''): Tree {
  if (parent.kind !== 'map' || child.kind !== 'map') return child
  if (path === 'adapter' && differ(method(parent), method(child))) return child
  const entries = new Map(parent.entries)
  for (const name of dropped(path, child.entries)) entries.delete(name)
  for (const [name, {key, value}] of child.entries) {
    const inherited = entries.get(name)
    const passes = inherited?.value.kind === 'map' && value.kind === 'map' && key.source.flag
    entries.set(name, {
      key: passes ? inherited.key : key,
      value: inherited ? merge(inherited.value, value, path ? `${path}.${name}` : name) : value,
    })
  }
  return {kind: 'map', entries, at: child.at.source.flag ? parent.at : child.at}
}

const method = (adapter: Tree) => {
  const part = partAt(adapter, ['method'])
  return part && plain(part.value)
}

const differ = (a: unknown, b: unknown) => a !== undefined && b !== undefined && a !== b

function dropped(path: string, written: ReadonlyMap<string, Entry>): string[] {
  return [path, `${path} `].flatMap(place => {
    const groups = ALTERNATIVES[place] ?? []
    const chosen = groups.filter(group => group.some(name => written.has(name)))
    return chosen.length === 0 ? [] : groups.filter(group => !chosen.includes(group)).flat()
  })
}
