import {sum} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import {checkRoom, fetchFound, freeBytes, missingBlobs} from '../../hub/fetch.ts'
import {findFiles, type RepositoryFiles} from '../../hub/find-files.ts'
import type {HubReference} from '../../hub/names.ts'
import {offlineVariable, readHubSettings} from '../../hub/settings.ts'
import {formatAddress, type HubSource} from '../../recipes/file/hub-reference.ts'
import {chooseFiles, hubSources, pinRevisions} from '../../recipes/file/hub-sources.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {listMissingPaths} from '../inputs.ts'

/** The files that recipes need from the hub, and those that are not cached. */
export interface FetchPlan {
  readonly sources: readonly (RepositoryFiles & {readonly address: string})[]
  /** Local paths that are missing, which svft cannot download. */
  readonly absent: readonly string[]
  /** The size of the download. */
  readonly bytes: number
  /** The free space of the disk with the cache. */
  readonly freeBytes: number
  readonly cache: string
}

export interface FetchRecipeOptions {
  readonly signal: AbortSignal
  readonly onBytes?: (done: number, total: number) => void
  /** Called with messages about retries, and about a hub that cannot be reached and is not needed. */
  readonly warn?: (text: string) => void
  /** The command to run where there is a network; default: that of any recipe. */
  readonly advice?: string
}

interface FetchPlanOptions extends Omit<FetchRecipeOptions, 'onBytes'> {
  /** Lists what is needed of a recipe; default: what a run reads. */
  readonly sourcesOf?: (recipe: Recipe) => readonly HubSource[]
}

/** Plans the download of the files that recipes need from the hub and that are not cached. */
export async function planFetch(
  recipes: readonly Recipe[],
  {signal, warn, advice, sourcesOf = hubSources}: FetchPlanOptions,
): Promise<FetchPlan> {
  const settings = await readHubSettings()
  const needed = new Map(recipes.flatMap(sourcesOf).map(source => [formatAddress(source), source]))
  const sources: FetchPlan['sources'][number][] = []
  for (const [address, source] of needed) {
    const known = sources.find(({reference}) => isSame(reference, source)) // a branch may move between two requests
    const at = known ? {...source, revision: known.commit} : source
    const found = await findFiles(at, chooseFiles(source), {settings, signal, onWait: warn}).catch(error => {
      throw settings.offline ? offline(error, advice) : error
    })
    sources.push({...found, address})
  }
  const bytes = sum([...blobsOf(sources).values()].map(({bytes}) => bytes))
  const absent = await listMissingPaths(recipes)
  return {sources, absent, bytes, freeBytes: await freeBytes(settings.cache), cache: settings.cache}
}

/** Downloads the missing files and verifies them. An interrupted download continues where it stopped. */
export async function fetchPlanned(
  plan: FetchPlan,
  {signal, onBytes, warn, advice}: FetchRecipeOptions,
): Promise<void> {
  const settings = await readHubSettings()
  await checkRoom(blobsOf(plan.sources), settings.cache)
  let before = 0
  for (const found of plan.sources) {
    let here = 0
    const onFileBytes = (done: number) => {
      here = done
      onBytes?.(before + here, plan.bytes)
    }
    await fetchFound(found, {settings, signal, onBytes: onFileBytes, onWait: warn}).catch(error => {
      throw settings.offline ? offline(error, advice) : error
    })
    before += here
  }
}

/** Downloads the missing files of a recipe, and returns the recipe with every branch replaced by its current commit. */
export async function fetchRecipe(recipe: Recipe, options: FetchRecipeOptions): Promise<Recipe> {
  const plan = await planFetch([recipe], options)
  await fetchPlanned(plan, options)
  return pinRevisions(recipe, new Map(plan.sources.map(({address, commit}) => [address, commit])))
}

const blobsOf = (sources: FetchPlan['sources']) => new Map(sources.flatMap(source => [...missingBlobs(source)]))

const isSame = (a: HubReference, b: HubReference) => a.kind === b.kind && a.name === b.name && a.revision === b.revision

function offline(error: unknown, advice = 'svft fetch <recipe>'): unknown {
  if (!(error instanceof Fault)) return error
  const remedy = `${offlineVariable()} is set; unset it, or run where there is a network: ${advice}`
  return new Fault(error.kind, `${error.message}; ${remedy}`, {cause: error})
}
