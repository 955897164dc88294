import {Fault} from './fault.ts'
import {escapeLine, quote} from './printable.ts'
import {decodeUtf8} from './text/utf8.ts'

/** Parses a text as one JSON object. Faults begin with `where`. */
export const parseObject = (text: string, where: string): Record<string, unknown> =>
  toObject(parseJson(text, where), where)

/** Parses a text as JSON. @throws Fault 'input' if it is not JSON, or nested too deep */
export function parseJson(text: string, where: string): unknown {
  if (isTooDeep(text)) throw new Fault('input', `${where}: nested deeper than ${MAX_DEPTH}`)
  try {
    return JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? escapeLine(cause.message, 120) : ''
    throw new Fault('input', `${where}: not JSON: ${reason}`, {cause})
  }
}

/** Parses a text as JSON; undefined if there is none, it is not JSON, or nested too deep. */
export function parseJsonIfValid(text = ''): unknown {
  if (isTooDeep(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function toObject(value: unknown, where: string): Record<string, unknown> {
  if (isObject(value)) return value
  throw new Fault('input', `${where}: not a JSON object: ${quote(value)}`)
}

/**
 * Parses UTF-8 bytes strictly as one JSON object. Faults, which begin with `where`, are also a key that an object has twice
 * (JSON.parse would return the last), and a key that every object of JavaScript inherits.
 */
export function parseStrictObject(bytes: Uint8Array, where: string): Record<string, unknown> {
  const text = decodeUtf8(bytes, where)
  const object = parseObject(text, where)
  checkKeys(text, where)
  return object
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a value is an integer that a number holds exactly. */
export const isInteger = (value: unknown): value is number => Number.isSafeInteger(value)

/** Whether a value is such an integer, of 0 or more. */
export const isCount = (value: unknown): value is number => isInteger(value) && value >= 0

export const isReserved = (key: string) => key === '__proto__' || key === 'constructor' || key === 'prototype'

/**
 * Whether a text would be nested too deep as JSON. JSON.parse takes gigabytes for a text of brackets before it refuses it, and a
 * deep value exhausts the stack of recursive functions.
 */
function isTooDeep(text: string): boolean {
  if (countOpening(text) <= MAX_DEPTH) return false // as of most lines of data; a search is faster than what follows
  const mark = /["[\]{}]/g
  let depth = 0
  while (depth <= MAX_DEPTH && mark.test(text)) {
    const at = mark.lastIndex - 1
    if (text[at] === '[' || text[at] === '{') depth++
    else if (text[at] !== '"') depth--
    else {
      const end = closingQuote(text, at)
      if (end < 0) return false // not JSON
      mark.lastIndex = end + 1
    }
  }
  return depth > MAX_DEPTH
}

/** Counts the opening brackets in a text, in strings too, until they are more than may be nested. */
function countOpening(text: string): number {
  let count = 0
  for (const bracket of '[{')
    for (let at = text.indexOf(bracket); at >= 0 && count <= MAX_DEPTH; at = text.indexOf(bracket, at + 1)) count++
  return count
}

/** Checks the keys of valid JSON. A string is a key if a colon follows it. */
function checkKeys(text: string, where: string): void {
  const open: (Set<string> | undefined)[] = [] // the keys so far of each enclosing object; undefined for a list
  const colon = /\s*:/y
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '{') open.push(new Set())
    else if (c === '[') open.push(undefined)
    else if (c === '}' || c === ']') open.pop()
    if (c !== '"') continue

    const start = i
    i = closingQuote(text, start)
    colon.lastIndex = i + 1
    if (!colon.test(text)) continue

    const key: string = JSON.parse(text.slice(start, i + 1))
    if (isReserved(key)) throw new Fault('input', `${where}: a key may not be named ${key}`)
    if (open.at(-1)?.has(key)) throw new Fault('input', `${where}: a key occurs twice: ${escapeLine(key, 120)}`)
    open.at(-1)?.add(key)
  }
}

/** The index of the quote that ends a string; -1 if it never ends. */
function closingQuote(text: string, opening: number): number {
  let end = text.indexOf('"', opening + 1)
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0
  while (text[quote - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}

const MAX_DEPTH = 64
