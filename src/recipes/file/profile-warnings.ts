import {methodOf} from '../../adapters/index.ts'
import type {Decision} from './profile.ts'
import type {Recipe} from './schema.ts'

/** Warns where a recipe's profile changes what the recipe writes. */
export function profileWarnings({adapter, profile}: Recipe, decisions: readonly Decision[]): readonly string[] {
  const decides = (key: string) =>
    decisions.length === 0 || decisions.some(one => one.key === `adapter.${key}` && one.origin !== 'recipe')
  return methodOf(adapter).profileWarnings?.(adapter, {profile, decides}) ?? []
}
