import {Fault} from './fault.ts'
import {escapeLine, quote} from './printable.ts'

/** Parses a text as one JSON object. Faults begin with `where`. */
export const parseObject = (text: string, where: string): Record<string, unknown> =>
  toObject(parseJson(text, where), where)

export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? escapeLine(cause.message, 120) : ''
    throw new Fault('input', `${where}: not JSON: ${reason}`, {cause})
  }
}

/** Parses a text as JSON; undefined if it is not JSON. */
export function parseJsonIfValid(text: string): unknown {
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
 * (JSON.parse would return the last), a key that every object of JavaScript inherits, and nesting deep enough to exhaust the
 * stack.
 */
export function parseStrictObject(bytes: Uint8Array, where: string): Record<string, unknown> {
  const text = decodeUtf8(bytes, where)
  const object = parseObject(text, where)
  checkKeys(text, where)
  return object
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isReserved = (key: string) => key === '__proto__' || key === 'constructor' || key === 'prototype'

/** Decodes UTF-8 bytes, and removes a byte order mark; `advice` ends the message of a fault. */
export function decodeUtf8(bytes: Uint8Array, where: string, advice = ''): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch (cause) {
    throw new Fault('input', `${where}: not UTF-8 text${advice}`, {cause})
  }
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
    if (open.length > MAX_DEPTH) throw new Fault('input', `${where}: nested deeper than ${MAX_DEPTH}`)
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

function closingQuote(text: string, opening: number): number {
  for (let end = text.indexOf('"', opening + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text[end - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return end
  }
}

const MAX_DEPTH = 64
