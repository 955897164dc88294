import type {Adapter} from '../../src/adapters/adapter.ts'
import {buildAdapter, METHODS} from '../../src/adapters/index.ts'
import {Fault} from '../../src/base/fault.ts'
import {quote} from '../../src/base/quote.ts'
import type {Model} from '../../src/models/model.ts'

/** An adapter in a recipe's words, as a case holds them. */
export interface Words {
  readonly method: string
}

/** The adapter that a case names; a method that this version lacks is a fault. */
export function openAdapter(words: Words): Adapter {
  const {none: _, ...methods} = METHODS
  lookUp('adapter method', methods, words.method)
  return buildAdapter(words as Parameters<typeof buildAdapter>[0])
}

/** What a table holds under a name that a file gives. */
export function lookUp<T>(what: string, table: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(table, name)) return table[name]
  const known = Object.keys(table).join(', ') || 'none'
  throw new Fault('input', `unknown ${what}: ${typeof name === 'string' ? name : quote(name)}; known: ${known}`)
}

/** What a case may name as its model's task. */
export const TASKS = {
  'causal-lm': 'causal-lm',
  'sequence-classification': 'sequence-classification',
  'image-classification': 'image-classification',
} as const satisfies {readonly [T in Model['task']]: T}
