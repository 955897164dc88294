import {Fault} from './fault.ts'

/**
 * The JSON object that UTF-8 bytes hold, read strictly: no key may stand twice in an object, where JSON.parse would keep
 * the last, none may be a name that every object of JavaScript answers to, and nothing may nest deep enough to exhaust
 * the stack of who walks it. Errors begin with `where`.
 */
export function parseObject(bytes: Uint8Array, where: string): Record<string, unknown> {
  const text = decode(bytes, where)
  const value = parse(text, where)
  if (!isObject(value)) throw new Fault('input', `${where}: not a JSON object: ${shown(text)}`)
  checkKeys(text, where)
  return value
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Text from a file for an error's one line: cut, and what would move the cursor or cannot be seen as its code. */
export function shown(text: string): string {
  const cut = text.length > 120 ? `${text.slice(0, 120)}…` : text
  return cut.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, c => `\\u{${c.codePointAt(0)?.toString(16)}}`)
}

export const shownValue = (value: unknown) => shown(JSON.stringify(value) ?? 'missing')

export const isReserved = (key: string) => key === '__proto__' || key === 'constructor' || key === 'prototype'

function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch (cause) {
    throw new Fault('input', `${where}: not UTF-8 text`, {cause})
  }
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? shown(cause.message) : ''
    throw new Fault('input', `${where}: not JSON: ${reason}`, {cause})
  }
}

/** Walks the keys of valid JSON: a string is a key if a colon follows. */
function checkKeys(text: string, where: string): void {
  const open: (Set<string> | undefined)[] = [] // of the objects and lists around: an object's keys so far
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
    if (open.at(-1)?.has(key)) throw new Fault('input', `${where}: a key stands twice: ${shown(key)}`)
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
