import {escapeLine} from '../../base/printable.ts'
import type {Decision} from '../../recipes/file/profile.ts'

/** One line for each origin of settings: `by profile official-code: gate true, init kaiming`. */
export function decisionLines(decisions: readonly Decision[]): string[] {
  const origins = [...new Set(decisions.map(({origin}) => origin))]
  return origins.map(origin => {
    const own = decisions.filter(decision => decision.origin === origin)
    const words = own.map(({key, value}) => `${key.slice(key.indexOf('.') + 1)} ${escapeLine(String(value), 60)}`)
    return `by ${origin === 'recipe' ? 'the recipe' : `profile ${origin}`}: ${words.join(', ')}`
  })
}
