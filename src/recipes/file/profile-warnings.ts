import type {Decision} from './profile.ts'
import type {Recipe} from './schema.ts'

/** What a recipe's profile makes of a value that the recipe writes, where it would surprise: a line each. */
export function profileWarnings({adapter, profile}: Recipe, decisions: readonly Decision[]): readonly string[] {
  if (adapter.method !== 'boft' || adapter.m === 1 || !adapter.fallback) return []
  if (decisions.some(({key, origin}) => key === FALLBACK && origin === 'recipe')) return []
  return [
    `adapter.m: ${adapter.m} factors are asked for and 1 trains, as PEFT falls back to without its CUDA extension ` +
      `(profile ${profile}, svft conflicts 9); ${FALLBACK}: false trains ${adapter.m}, true says that 1 is meant`,
  ]
}

const FALLBACK = 'adapter.fallback'
