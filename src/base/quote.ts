import {escapeLine} from './printable.ts'

/** Quotes a value in a message, as JSON on one line of at most `limit` characters. */
export const quote = (value: unknown, limit = 80): string =>
  escapeLine(json(value, {limit: limit + 1, depth: 0}), limit)

interface Limits {
  readonly limit: number
  readonly depth: number
}

/** Formats as much of the JSON as a message shows; the rest of a large or deep value is not visited. */
function json(value: unknown, {limit, depth}: Limits): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, limit))
  if (typeof value === 'bigint' || value === undefined) return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const isList = Array.isArray(value)
  const [open, close] = isList ? '[]' : '{}'
  if (depth === DEEPEST) return `${open}…${close}`
  let text = open
  for (const key of isList ? value.slice(0, limit).keys() : Object.keys(value)) {
    if (text.length >= limit) break
    if (text.length > 1) text += ','
    if (!isList) text += `${JSON.stringify(String(key).slice(0, limit))}:`
    text += json((value as Record<string, unknown>)[key], {limit: Math.max(0, limit - text.length), depth: depth + 1})
  }
  return text + close
}

const DEEPEST = 8
