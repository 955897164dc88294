const HIDDEN = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Noncharacter_Code_Point}\u2028\u2029\ufeff]/gu

/**
 * Text that cannot drive a terminal and that XML allows: control characters (C0, DEL, C1, carriage return), bidirectional
 * controls, line separators, noncharacters and lone surrogates are written as `\u001b`; newlines and tabs stay. JSON stays
 * the same JSON.
 */
export const escapeText = (text: string) =>
  text.replace(HIDDEN, character => (character === '\n' || character === '\t' ? character : escaped(character)))

/** Escapes text like `escapeText`, including newlines and tabs, and truncates it to `limit` characters. */
export function escapeLine(text: string, limit = Number.POSITIVE_INFINITY): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text
  return cut.replace(HIDDEN, escaped)
}

/**
 * Escapes text for a cell of CSV. What a spreadsheet would run as a formula gets an apostrophe in front, and so does a formula
 * that already has one, so that reading it back is exact.
 */
export const csvText = (text: string): string => escapeLine(text).replace(/^(?=[=+\-@].|'+[=+\-@])/, "'")

function escaped(character: string): string {
  const short = {'\n': '\\n', '\r': '\\r', '\t': '\\t'}[character]
  const units = character.split('') // by code unit, as JSON escapes what is beyond 16 bits
  return short ?? units.map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
}

/** Quotes a value in a message, as JSON on one line of at most `limit` characters; what JSON lacks is named. */
export const quote = (value: unknown, limit = 80): string =>
  escapeLine(json(value, {limit: limit + 1, depth: 0}), limit)

interface Limits {
  readonly limit: number
  readonly depth: number
}

/** Formats as much of the JSON as a message shows; the rest of a large or deep value is not visited. */
function json(value: unknown, {limit, depth}: Limits): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, limit))
  if (typeof value === 'number' || typeof value === 'bigint' || value === undefined) return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (value instanceof Date) return `date ${Number.isNaN(value.getTime()) ? 'unknown' : value.toISOString()}`
  if (value instanceof Uint8Array) return value.length === 0 ? 'no bytes' : `bytes 0x${hex(value.subarray(0, limit))}`
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

const hex = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')

const DEEPEST = 8
