import {methodOf} from '../adapters/index.ts'
import type {Decision} from './file/profile.ts'
import type {Recipe} from './file/schema.ts'
import type {Blueprint} from './opened-model.ts'

/** Warns of settings of the method that make little sense on the modules that it adapts. */
export const sizeWarnings = ({recipe: {adapter}, plan: {modules}}: Pick<Blueprint, 'recipe' | 'plan'>) =>
  methodOf(adapter).warnings?.(adapter, modules) ?? []

/** Warns if a recipe's profile changes what the recipe writes. */
export function profileWarnings({adapter, profile}: Recipe, decisions: readonly Decision[]): readonly string[] {
  const decides = (key: string) =>
    decisions.length === 0 || decisions.some(one => one.key === `adapter.${key}` && one.origin !== 'recipe')
  return methodOf(adapter).profileWarnings?.(adapter, {profile, decides}) ?? []
}
