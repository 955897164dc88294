import type {RunEvent} from '../../recipes/events.ts'
import {hubSources} from '../../recipes/file/hub-sources.ts'
import type {Recipe} from '../../recipes/file/schema.ts'

export interface FetchOptions {
  readonly onEvent: (event: RunEvent) => void
  readonly signal: AbortSignal
  /** The command that downloads the recipe's files where there is a network. */
  readonly advice?: string
}

/** Downloads a recipe's files from the hub. Returns the recipe with commits for branches; undefined if `signal` stopped it. */
export async function fetchSources(
  recipe: Recipe,
  {onEvent, signal, advice}: FetchOptions,
): Promise<Recipe | undefined> {
  if (hubSources(recipe).length === 0) return recipe
  const {fetchRecipe} = await import('./fetch.ts') // loaded for sources of the hub alone
  try {
    return await fetchRecipe(recipe, {
      signal,
      onBytes: (done, total) => onEvent({type: 'download', done, total}),
      warn: text => onEvent({type: 'warning', text}),
      advice,
    })
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}
