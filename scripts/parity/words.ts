import type {Adapter} from '../../src/adapters/adapter.ts'
import {buildAdapter, METHODS_BY_NAME} from '../../src/adapters/index.ts'
import {SHARED_SETTINGS} from '../../src/adapters/method.ts'
import type {Model} from '../../src/models/model.ts'
import {lookUp} from '../look-up.ts'

/** The adapter of a case, as in a recipe. */
export interface Words {
  readonly method: string
}

/** Parses the adapter of a case. A method that is unknown, or that trains no adapters, is a Fault. */
export function openAdapter(words: Words): Adapter {
  const methods = Object.entries(METHODS_BY_NAME).filter(([, {build}]) => build)
  lookUp('adapter method', Object.fromEntries(methods), words.method)
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
