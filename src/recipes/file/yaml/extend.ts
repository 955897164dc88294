import {readdir} from 'node:fs/promises'
import {basename, dirname, join, resolve} from 'node:path'
import {Fault} from '../../../base/fault.ts'
import {getOrAdd} from '../../../base/memoize.ts'
import {displayPath} from '../../../base/paths.ts'
import {escapeLine} from '../../../base/printable.ts'
import {didYouMean, nearest} from '../../../base/text/nearest.ts'
import {writtenText} from '../diagnose.ts'
import {recipePath, shippedNamed} from '../shipped-recipes.ts'
import {reportFindings} from './findings.ts'
import {emptyMaps, merge} from './merge.ts'
import {type RecipeFinding, type SourceText, type TextSpan, type Tree, type TreeEntry, withoutKeys} from './tree.ts'
import {type ParsedYaml, parseYaml, readRecipeText} from './yaml-source.ts'

const DEEPEST = 8
const MOST_FILES = 64
const MOST_SUGGESTED = 3

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
  const reading: Reading = {known, trees: new Map(), findings: [], sources: []}
  const tree = await readTree(recipePath(file), reading)
  const {findings, sources, trees} = reading
  return {tree, findings, sources, files: [...trees.keys()]}
}

/** What has been read so far. */
interface Reading {
  readonly known: KnownSources
  /** The merged tree of each file; undefined if something is wrong with the file, or with one that it extends. */
  readonly trees: Map<string, Tree | undefined>
  readonly findings: RecipeFinding[]
  readonly sources: SourceText[]
}

/** How a file was reached: the files that extend each other, the first one first, and the position of its path in the last. */
interface ExtendsChain {
  readonly chain: readonly string[]
  readonly from?: TextSpan
}

async function readTree(
  path: string,
  reading: Reading,
  reached: ExtendsChain = {chain: []},
): Promise<Tree | undefined> {
  const {trees, findings, sources} = reading
  if (trees.has(path)) return trees.get(path)
  const read = await readSource(path, reading, reached)
  if ('refused' in read) {
    findings.push({at: reached.from ?? startOf({name: displayPath(path), text: '', folder: ''}), message: read.refused})
    return undefined
  }
  const {source, parsed} = read
  sources.push(source)
  findings.push(...parsed.findings)
  const tree = parsed.tree && (await extendTree(parsed.tree, reading, {source, chain: [...reached.chain, path]}))
  trees.set(path, tree)
  return tree
}

/** Reads a file, unless `extends` leads to it in a circle, or to too many files. */
async function readSource(path: string, {known, sources}: Reading, {chain, from}: ExtendsChain): Promise<LoadedSource> {
  if (chain.includes(path)) {
    const circle = [...chain.slice(chain.indexOf(path)), path].map(displayPath).map(step => escapeLine(step))
    return {refused: `extends is circular: ${circle.join(' → ')}`}
  }
  if (chain.length > DEEPEST) return {refused: `extends is nested deeper than ${DEEPEST} files`}
  if (sources.length >= MOST_FILES) return {refused: `extends reaches more than ${MOST_FILES} files`}
  try {
    return await getOrAdd(known, path, () => loadSource(path))
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw readFault(path, code ?? message, from)
    return {refused: await describeMissing(path, from)}
  }
}

/** Merges a file's own tree over those of the files that it extends; undefined if something is wrong with one of them. */
async function extendTree(
  own: Tree,
  reading: Reading,
  {source, chain}: {readonly source: SourceText; readonly chain: readonly string[]},
): Promise<Tree | undefined> {
  const {findings} = reading
  if (own.kind !== 'map') {
    findings.push({at: startOf(source), message: 'a recipe is a map of keys, like task: gsm8k'})
    return undefined
  }
  const {paths, wrong} = extendedPaths(own.entries.get('extends'))
  findings.push(...wrong)
  const read: (Tree | undefined)[] = []
  for (const {path, at} of paths) read.push(await readTree(recipePath(path, source.folder), reading, {chain, from: at}))
  const parents = read.filter(parent => parent !== undefined)
  if (wrong.length > 0 || parents.length < read.length) return undefined
  const written = withoutKeys(own, ['extends'])
  if (parents.length === 0) return written
  const inherited = parents
    .map(parent => withoutKeys(parent, NOT_INHERITED))
    .reduce((parent, child) => merge(parent, child))
  findings.push(...emptyMaps(inherited, written))
  return merge(inherited, written)
}

const startOf = (source: SourceText): TextSpan => ({source, start: 0, end: 0})

/** The keys that describe one file alone. */
export const NOT_INHERITED: readonly string[] = ['name', 'paper', 'search']

async function loadSource(path: string): Promise<LoadedSource> {
  const read = await readRecipeText(path)
  if ('refused' in read) return read
  const source = {name: displayPath(path), text: read.text, folder: dirname(path)}
  return {source, parsed: parseYaml(source)}
}

/** The paths that `extends` names, and what is wrong with others. */
function extendedPaths(entry: TreeEntry | undefined) {
  const paths: {readonly path: string; readonly at: TextSpan}[] = []
  const wrong: RecipeFinding[] = []
  if (!entry) return {paths, wrong}
  const {key, value} = entry
  for (const part of value.kind === 'list' && value.items.length > 0 ? value.items : [value]) {
    if (part.kind === 'leaf' && typeof part.value === 'string' && part.value !== '')
      paths.push({path: part.value, at: part.at})
    else {
      const message = `extends must be a path or a list of paths: ${writtenText(part)}`
      wrong.push({at: part.kind === 'leaf' ? part.at : key, message})
    }
  }
  return {paths, wrong}
}

/** The fault of a file that exists but could not be read, at the `extends` that leads to it. */
function readFault(path: string, reason: string, from?: TextSpan): Fault {
  const cause = reason === 'EACCES' ? 'permission denied' : escapeLine(reason)
  const message = `cannot read ${escapeLine(displayPath(path))}: ${cause}`
  return new Fault('io', from ? reportFindings([{at: from, message}], [from.source]) : message)
}

/** Says that a file is missing and which ones were probably meant; names it only if another file extends it. */
async function describeMissing(path: string, from?: TextSpan): Promise<string> {
  const folder = dirname(path)
  const shipped = from ? undefined : shippedNamed(displayPath(path))
  if (shipped !== undefined) return `no such file; ${didYouMean(shipped)}`
  const names = await readdir(folder).catch(() => undefined)
  const elsewhere = from ? '' : '; svft list prints the recipes that ship with svft'
  if (!names) return `no such file, nor its folder: ${escapeLine(displayPath(folder))}${elsewhere}`
  const isOwn = (name: string) => from !== undefined && join(folder, name) === resolve(from.source.name)
  const others = names.filter(name => /\.ya?ml$/.test(name) && !isOwn(name)).sort()
  const advice = didYouMean(nearestNames(basename(path), others))
  return `no such file${from ? `: ${escapeLine(displayPath(path))}` : ''}${advice ? `; ${advice}` : elsewhere}`
}

/** The most similar names, at most `MOST_SUGGESTED`, the nearest first. */
function nearestNames(word: string, known: readonly string[]): readonly string[] {
  const found: string[] = []
  while (found.length < MOST_SUGGESTED) {
    const name = nearest(
      word,
      known.filter(name => !found.includes(name)),
    )
    if (name === undefined) break
    found.push(name)
  }
  return found
}
