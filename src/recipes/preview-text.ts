import {inline} from '../text/printable.ts'
import type {Decision} from './profile.ts'

/** A line for each who decided: `by profile official-code: gate true, init kaiming`. */
export function decisionLines(decisions: readonly Decision[]): string[] {
  const origins = [...new Set(decisions.map(({origin}) => origin))]
  return origins.map(origin => {
    const own = decisions.filter(decision => decision.origin === origin)
    const words = own.map(({key, value}) => `${key.slice(key.indexOf('.') + 1)} ${inline(String(value), 60)}`)
    return `by ${origin === 'recipe' ? 'the recipe' : `profile ${origin}`}: ${words.join(', ')}`
  })
}

/** Bytes for people. */
export const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 23 ? 1 : 0)} MB`

/** Bytes that may be many, for people. */
export function gigabytes(bytes: number): string {
  if (bytes < 1e5) return `${Math.ceil(bytes / 2 ** 10)} kB`
  return bytes < 1e9 ? megabytes(bytes) : `${(bytes / 2 ** 30).toFixed(1)} GB`
}
