import {readdir} from 'node:fs/promises'
import {basename, dirname, join, relative, resolve} from 'node:path'
import {Fault} from '../../../base/fault.ts'
import {getOrAdd} from '../../../base/memoize.ts'
import {escapeLine} from '../../../base/printable.ts'
import {didYouMean, nearest} from '../../../base/text/nearest.ts'
import {writtenText} from '../diagnose.ts'
import {reportFindings} from './findings.ts'
import {merge} from './merge.ts'
import {type RecipeFinding, type SourceText, type TextSpan, type Tree, type TreeEntry, withoutKeys} from './tree.ts'
import {type ParsedYaml, parseYaml, readRecipeText} from './yaml-source.ts'

const DEEPEST = 8
const MOST_FILES = 64

/** A recipe file merged over all it extends. */
export interface ExtendedRecipe {
  /** Absent if a file could not be read or parsed; `findings` has the reason. */
  readonly tree?: Tree
  readonly findings: readonly RecipeFinding[]
  /** In reading order: the file itself, then what it extends. */
  readonly sources: readonly SourceText[]
  /** Absolute, in merging order: what is extended before what extends it. */
  readonly files: readonly string[]
}

/** Files that several recipes may extend, by their paths: each is read and parsed once. */
export type KnownSources = Map<string, Promise<LoadedSource>>

type LoadedSource = {readonly source: SourceText; readonly parsed: ParsedYaml} | {readonly refused: string}

/**
 * Reads `file` and all it extends. Mistakes in the files, and missing files, are in `findings`.
 *
 * @throws Fault 'io' when reading itself fails
 */
export async function readExtended(file: string, known: KnownSources = new Map()): Promise<ExtendedRecipe> {
  const findings: RecipeFinding[] = []
  const sources: SourceText[] = []
  const loaded = new Map<string, Tree | undefined>()
  let failed = false

  const load = async (path: string, chain: readonly string[], from?: TextSpan): Promise<Tree | undefined> => {
    if (loaded.has(path)) return loaded.get(path)
    const refuse = (message: string, at?: TextSpan) => {
      failed = true
      findings.push({
        at: at ?? from ?? {source: {name: shortest(path), text: '', folder: ''}, start: 0, end: 0},
        message,
      })
      return undefined
    }
    if (chain.includes(path)) {
      const circle = [...chain.slice(chain.indexOf(path)), path].map(shortest).map(step => escapeLine(step))
      return refuse(`extends is circular: ${circle.join(' → ')}`)
    }
    if (chain.length > DEEPEST) return refuse(`extends is nested deeper than ${DEEPEST} files`)
    if (sources.length >= MOST_FILES) return refuse(`extends reaches more than ${MOST_FILES} files`)

    const reading = getOrAdd(known, path, () => loadSource(path))
    const read = await reading.catch(async (error: NodeJS.ErrnoException) => ({
      refused: await unreadable(path, error, from),
    }))
    if ('refused' in read) return refuse(read.refused)
    const {source, parsed} = read
    sources.push(source)
    findings.push(...parsed.findings)
    if (parsed.tree?.kind !== 'map') {
      if (!parsed.tree) failed = true
      else refuse('a recipe is a map of keys, like task: gsm8k', {source, start: 0, end: 0})
      loaded.set(path, undefined)
      return undefined
    }
    const own = parsed.tree
    const parents: (Tree | undefined)[] = []
    for (const leaf of extendedPaths(own.entries.get('extends'), refuse)) {
      parents.push(await load(resolve(source.folder, leaf.path), [...chain, path], leaf.at))
    }
    const tree = [...parents.map(parent => parent && withoutKeys(parent, NOT_INHERITED)), withoutKeys(own, ['extends'])]
      .filter(part => part !== undefined)
      .reduce((parent, child) => merge(parent, child))
    loaded.set(path, tree)
    return tree
  }

  const tree = await load(resolve(file), [])
  return {tree: failed ? undefined : tree, findings, sources, files: [...loaded.keys()]}
}

/** The keys that describe one file alone. */
export const NOT_INHERITED: readonly string[] = ['name', 'paper', 'search']

async function loadSource(path: string): Promise<LoadedSource> {
  const read = await readRecipeText(path)
  if ('refused' in read) return read
  const source = {name: shortest(path), text: read.text, folder: dirname(path)}
  return {source, parsed: parseYaml(source)}
}

type RefuseSpan = (message: string, at: TextSpan) => unknown

/** The paths that `extends` names. */
function extendedPaths(
  entry: TreeEntry | undefined,
  refuse: RefuseSpan,
): {readonly path: string; readonly at: TextSpan}[] {
  if (!entry) return []
  const {value} = entry
  const parts = value.kind === 'list' && value.items.length > 0 ? value.items : [value]
  return parts.flatMap(part => {
    if (part.kind === 'leaf' && typeof part.value === 'string' && part.value !== '')
      return [{path: part.value, at: part.at}]
    refuse(
      `extends must be a path or a list of paths: ${writtenText(part)}`,
      part.kind === 'leaf' ? part.at : entry.key,
    )
    return []
  })
}

/** The reason why a file could not be read; names the file only if another one extends it. */
async function unreadable(path: string, error: NodeJS.ErrnoException, from?: TextSpan): Promise<string> {
  const {code} = error
  if (code !== 'ENOENT' && code !== 'ENOTDIR') {
    const cause = code === 'EACCES' ? 'permission denied' : escapeLine(code ?? error.message)
    const message = `cannot read ${escapeLine(shortest(path))}: ${cause}`
    throw new Fault('io', from ? reportFindings([{at: from, message}], [from.source]) : message)
  }
  const folder = dirname(path)
  const names = await readdir(folder).catch(() => undefined)
  if (!names) return `no such file, nor its folder: ${escapeLine(shortest(folder))}`
  const near: string[] = []
  const isOwn = (name: string) => from !== undefined && join(folder, name) === resolve(from.source.name)
  const left = names.filter(name => /\.ya?ml$/.test(name) && !isOwn(name)).sort()
  for (let name = nearest(basename(path), left); name && near.length < 3; name = nearest(basename(path), left)) {
    near.push(...left.splice(left.indexOf(name), 1))
  }
  const advice = didYouMean(near)
  return `no such file${from ? `: ${escapeLine(shortest(path))}` : ''}${advice ? `; ${advice}` : ''}`
}

/** A path as a person would type it here. */
function shortest(path: string): string {
  const there = relative(process.cwd(), path)
  return there !== '' && there.length < path.length ? there : path
}
