import type {Adapter} from '../../src/adapters/adapter.ts'
import {buildAdapter, METHODS, METHODS_BY_NAME} from '../../src/adapters/index.ts'
import {SHARED_SETTINGS} from '../../src/adapters/method.ts'
import type {Model} from '../../src/models/model.ts'
import {lookUp} from '../look-up.ts'

/** The adapter of a case, as in a recipe. */
export interface Words {
  readonly method: string
}

/** Parses the adapter of a case. An unknown method is a Fault. */
export function openAdapter(words: Words): Adapter {
  const {none: _, ...methods} = METHODS
  lookUp('adapter method', methods, words.method)
  return buildAdapter(words as Parameters<typeof buildAdapter>[0])
}

/** Lists the settings of the method that a case may have, besides its targets. */
export const settingNames = ({method}: Words): string[] =>
  Object.keys(METHODS_BY_NAME[method].schema.shape).filter(name => !Object.hasOwn(SHARED_SETTINGS, name))

/** The tasks that a case may name. */
export const TASKS = {
  'causal-lm': 'causal-lm',
  'sequence-classification': 'sequence-classification',
  'image-classification': 'image-classification',
} as const satisfies {readonly [T in Model['task']]: T}
