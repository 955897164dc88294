import {mkdir, readdir, rename, rm, stat, symlink} from 'node:fs/promises'
import {basename, dirname, extname, join} from 'node:path'
import {Fault, ioFault} from '../../base/fault.ts'
import {makeFolder, writingCache} from '../../base/files.ts'
import {viewsFolder} from '../../base/folders.ts'
import {isPattern} from '../../base/glob.ts'
import {isMissing} from '../../base/read-file.ts'
import {sha256} from '../../base/sha256.ts'
import {temporaryBeside} from '../../base/temporary.ts'
import {didYouMean, nearest} from '../../base/text/nearest.ts'
import {findShards} from '../../data/shards.ts'
import type {RepositoryFiles} from '../../hub/find-files.ts'
import {snapshotFolder} from '../../hub/layout.ts'
import {isRepository, shortName} from '../../hub/names.ts'
import {readHubSettings} from '../../hub/settings.ts'
import {shippedFolder} from '../../models/shipped-configs.ts'
import {mapPaths} from '../file/change-recipe.ts'
import {fixedFolder, type HubSource, parseAddress} from '../file/hub-reference.ts'
import {chooseFiles, dataPaths} from '../file/hub-sources.ts'
import type {DataFiles, Recipe} from '../file/schema.ts'
import {taskOf} from '../file/task-of.ts'

// Locates the sources of a recipe on this machine. Nothing here uses the network: svft run and svft fetch download
// sources first (plan/fetch/fetch.ts).

/** A model's folder; of one from the hub, its snapshot in the cache and its commit. */
export async function locateModel(path: string): Promise<{readonly folder: string; readonly commit?: string}> {
  const source = parseAddress(path)
  if (!source) return {folder: path}
  const {folder, commit} = await inCache(source)
  return {folder: snapshotFolder(folder, commit), commit}
}

/** Where a model's config.json is: its folder, or, for a model of the paper that is not here, the one that ships. */
export async function locateConfig(path: string): Promise<string> {
  try {
    return (await locateModel(path)).folder
  } catch (error) {
    const shipped = shippedFolder(parseAddress(path)?.name ?? '')
    if (shipped === undefined) throw error
    return shipped
  }
}

/** Locates the data that a run reads. */
export async function locateData(recipe: Recipe): Promise<DataFiles> {
  const local = new Map<string, string>()
  for (const path of dataPaths(recipe)) local.set(path, await locateSource(path, recipe))
  return mapPaths(recipe, path => local.get(path) ?? path).data
}

/** Whether all files that are needed of a source are on this machine. */
export async function isOnDisk(path: string): Promise<boolean> {
  const source = parseAddress(path)
  if (!source) return isLocalOnDisk(path)
  return inCache(source).then(
    () => true,
    () => false,
  )
}

/** Whether a local file is present. Shards count as present even if some are missing: their reader reports which. */
async function isLocalOnDisk(path: string): Promise<boolean> {
  if (!isPattern(basename(path))) return (await stat(path).catch(() => undefined)) !== undefined
  return findShards(path).then(
    () => true,
    ({kind}) => kind !== 'io',
  )
}

/** Locates one source of the recipe's data: several files of the hub become a pattern for links to them, or their folder. */
export async function locateSource(path: string, recipe: Recipe): Promise<string> {
  const source = parseAddress(path)
  if (!source) {
    if (!isPattern(basename(path))) await checkExists(path, {at: keysOf(recipe, path)})
    return path
  }
  const {folder, commit, files} = await inCache(source)
  const snapshot = snapshotFolder(folder, commit)
  const pattern = source.file ?? ''
  const paths = files.map(({path}) => path)
  if (!isPattern(pattern) || paths.length === 1) return `${snapshot}/${paths[0]}`
  const fixed = fixedFolder(pattern)
  const view = await linkFolder(`${snapshot}/${fixed}`, paths.map(path => path.slice(fixed.length)).sort())
  if (paths.some(path => path.endsWith('.parquet'))) return join(view, '**.parquet')
  return taskOf(recipe).kind === 'images' ? view : join(view, `**${extname(pattern)}`) // images are read by folder
}

/** The keys that lead to a path of the recipe. */
export function keysOf(recipe: Recipe, path: string): readonly string[] {
  let keys: readonly string[] = []
  mapPaths(recipe, (other, at) => {
    if (other === path) keys = at
    return other
  })
  return keys
}

/** Throws if a file or folder does not exist or cannot be reached; `advice` is given if no similar name is there. */
export async function checkExists(path: string, {at, advice}: {at: readonly string[]; advice?: string}): Promise<void> {
  const cause = await stat(path).then(
    () => undefined,
    error => ioFault(path, error),
  )
  if (cause === undefined) return
  if (!(cause instanceof Fault)) throw cause
  if (!isMissing(cause)) throw new Fault(cause.kind, cause.message, {cause, at})
  const near = nearest(basename(path), await readdir(dirname(path)).catch(() => []))
  const help = didYouMean(near) ?? advice
  throw new Fault('io', `${path}: no such file or folder${help ? `; ${help}` : ''}`, {at})
}

/** Throws if a model's folder does not exist or cannot be reached; a bare name, or owner/name without a folder `owner`, may be meant for the hub. */
export async function checkModelFolder(folder: string, {at}: {at: readonly string[]}): Promise<void> {
  const isBare = dirname(folder) === process.cwd()
  const name = `${isBare ? 'owner' : basename(dirname(folder))}/${basename(folder)}`
  const isHub = isRepository(name) && (isBare || (await stat(dirname(folder)).catch(() => undefined)) === undefined)
  const hub = isHub ? `a model of the hub is written {hub: ${name}}; ` : ''
  await checkExists(folder, {at, advice: `${hub}docs/RUNNING.md shows how to get the models of the recipes`})
}

async function inCache(source: HubSource): Promise<RepositoryFiles> {
  const settings = {...(await readHubSettings()), offline: true}
  const {signal} = new AbortController()
  const advice = 'svft fetch downloads it, and so does svft run'
  const {findFiles} = await import('../../hub/find-files.ts') // loaded for sources of the hub alone
  const found = await findFiles(source, chooseFiles(source), {settings, signal}).catch(error => {
    throw error instanceof Fault ? new Fault(error.kind, `${error.message}; ${advice}`, {cause: error}) : error
  })
  const [lacking] = [...found.missing, ...found.unlinked]
  if (!lacking) return found
  throw new Fault('io', `${shortName(source)}: ${lacking.path}: not in the cache, ${settings.cache}; ${advice}`)
}

/** A folder of links to these files below `root`, so that a reader of folders sees no others. */
async function linkFolder(root: string, paths: readonly string[]): Promise<string> {
  const hash = sha256(JSON.stringify([root, paths]))
  const view = join(viewsFolder(), hash.slice(0, 16))
  const exists = async () => (await stat(view).catch(() => undefined))?.isDirectory()
  if (await exists()) return view
  try {
    await writingCache(() => makeFolder(dirname(view)))
    const temporary = await temporaryBeside(view)
    await mkdir(temporary)
    for (const path of paths) {
      await mkdir(dirname(join(temporary, path)), {recursive: true})
      await symlink(join(root, path), join(temporary, path))
    }
    await rename(temporary, view).catch(async error => {
      await rm(temporary, {recursive: true})
      if (!(await exists())) throw error // else another process was first
    })
    return view
  } catch (error) {
    throw ioFault(view, error)
  }
}
