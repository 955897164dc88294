import {SHARED_SETTINGS} from '../../../adapters/method.ts'
import {keysAt} from '../json-schema.ts'
import {isNull, partAt, plainValue, type RecipeFinding, type Tree, type TreeEntry, type YamlPath} from './tree.ts'

type MapEntries = ReadonlyMap<string, TreeEntry>

/**
 * `child` over `parent`: maps merge, everything else is replaced, and null removes what is inherited. Keys on the way to an
 * override of the command line stay where the file wrote them.
 */
export function merge(parent: Tree, child: Tree, path = ''): Tree {
  if (parent.kind !== 'map' || child.kind !== 'map') return child
  const entries = new Map(parent.entries)
  for (const name of outdated(path, parent, child)) entries.delete(name)
  for (const [name, {key, value}] of child.entries) {
    if (isNull(value) && parent.entries.has(name)) {
      entries.set(name, {key, value: {kind: 'removed', at: value.at}})
      continue
    }
    const inherited = entries.get(name)
    const passes = inherited?.value.kind === 'map' && value.kind === 'map' && key.source.flag
    entries.set(name, {
      key: passes ? inherited.key : key,
      value: inherited ? merge(inherited.value, value, path ? `${path}.${name}` : name) : value,
    })
  }
  return {kind: 'map', entries, at: child.at.source.flag ? parent.at : child.at}
}

/** Finds empty maps over inherited ones: merging them changes nothing. */
export function emptyMaps(parent: Tree, child: Tree, path: YamlPath = []): readonly RecipeFinding[] {
  if (parent.kind !== 'map' || child.kind !== 'map') return []
  return [...child.entries].flatMap(([name, {key, value}]) => {
    const inherited = parent.entries.get(name)?.value
    if (inherited?.kind !== 'map' || inherited.entries.size === 0 || value.kind !== 'map') return []
    const inner = [...path, name]
    if (value.entries.size > 0) return emptyMaps(inherited, value, inner)
    const message = `${inner.join('.')} is an empty map, which leaves the inherited one unchanged; null removes it`
    return [{at: key, message}]
  })
}

/** Groups of settings that exclude each other; `minor` ones have no meaning without their group, and do not choose it. */
interface ExclusiveKeys {
  readonly path: string
  readonly groups: readonly (readonly string[])[]
  readonly minor?: readonly string[]
}

/**
 * A file that writes a setting of one group drops those of the others that it inherits. Outside `model`, flags of one
 * command line do not drop each other: two that exclude each other stay, and are refused as in a file.
 */
const ALTERNATIVES: readonly ExclusiveKeys[] = [
  {path: 'model', groups: [['path'], ['hub', 'revision'], ['config', 'init']]},
  {path: 'data.split', groups: [['column'], ['validation', 'test', 'seed']], minor: ['seed']},
  {path: 'train', groups: [['epochs'], ['steps']]},
  {path: 'train', groups: [['warmup'], ['warmupSteps']]},
]

/** The keys of `parent` that have no meaning with the keys of `child`. */
function outdated(
  path: string,
  parent: Tree & {readonly entries: MapEntries},
  child: Tree & {readonly entries: MapEntries},
) {
  const sets = (name: string) => {
    const value = child.entries.get(name)?.value
    return value !== undefined && value.kind !== 'removed' && !isNull(value)
  }
  if (path === 'adapter' && sets('method')) return foreign(parent, child)
  if (sets('hub') && namesOther(parent, child)) return ['revision']
  return ALTERNATIVES.filter(one => one.path === path).flatMap(({groups, minor = []}) => {
    const chosen = groups.filter(group => group.some(name => !minor.includes(name) && sets(name)))
    const dropped = chosen.length === 0 ? [] : groups.filter(group => !chosen.includes(group)).flat()
    return path === 'model' ? dropped : dropped.filter(name => !parent.entries.get(name)?.key.source.flag)
  })
}

/** Whether two sources are of different repositories of the hub. */
function namesOther(parent: Tree, child: Tree): boolean {
  const [before, now] = [parent, child]
    .map(source => partAt(source, ['hub']))
    .map(part => part && plainValue(part.value))
  return before !== undefined && before !== now
}

/** The keys of a base that another method drops: all but shared settings; of a base without a method, those only of other methods. */
function foreign(parent: Tree & {readonly entries: MapEntries}, child: Tree): string[] {
  const [before, now] = [parent, child]
    .map(adapter => partAt(adapter, ['method']))
    .map(part => part && plainValue(part.value))
  const names = [...parent.entries.keys()]
  const mine = keysAt(['adapter'], {adapter: {method: now}}).names
  if (before !== undefined && before !== now) {
    return names.filter(name => !(Object.hasOwn(SHARED_SETTINGS, name) && mine.includes(name)))
  }
  const all = keysAt(['adapter']).names
  return names.filter(name => all.includes(name) && !mine.includes(name))
}
