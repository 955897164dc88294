import {z} from 'zod'
import type {Adapter} from './adapter.ts'
import {boft} from './boft/boft.ts'
import {dora} from './dora.ts'
import {full} from './full.ts'
import {head} from './head.ts'
import {ia3} from './ia3.ts'
import {kasa} from './kasa.ts'
import {lora} from './lora.ts'
import type {Method} from './method.ts'
import {none} from './none.ts'
import {osf} from './osf.ts'
import {pissa} from './pissa.ts'
import {psoft} from './psoft/psoft.ts'
import {svf} from './svf.ts'
import {svft} from './svft/svft.ts'
import {vera} from './vera.ts'

/** Every method by its name in a recipe. */
export const METHODS = {svft, lora, dora, vera, boft, ia3, svf, pissa, kasa, psoft, osf, head, full, none}

type Methods = typeof METHODS
export type MethodName = keyof Methods

/** The block `adapter` of a recipe: a method and its settings. */
const [first, ...others] = Object.values(METHODS).map(({schema}) => schema)
export const adapterSchema = z.discriminatedUnion('method', [first, ...others]).describe('the method and its settings')

export type AdapterSettings = {[M in MethodName]: z.output<Methods[M]['schema']>}[MethodName]

/** The table without the methods' own types: a method only ever receives settings that name it. */
export const METHODS_BY_NAME = METHODS as Readonly<Record<string, Method>>

/** The method of this name; undefined where there is none, as names in files of results may be any. */
export const methodNamed = (name: string): Method | undefined =>
  Object.hasOwn(METHODS, name) ? METHODS_BY_NAME[name] : undefined

/** The method that a recipe's `adapter` block names. */
export const methodOf = ({method}: {readonly method: MethodName}): Method => METHODS_BY_NAME[method]

/** The methods that train adapters; the others train whole tensors, or nothing. */
export type AdapterMethod = Exclude<MethodName, 'head' | 'full' | 'none'>

type Buildable = {[M in AdapterMethod]: Methods[M] extends {build?: (settings: infer S) => Adapter} ? S : never}

/** Builds the adapter of a recipe's `adapter` block; keys that are not the method's own are ignored. */
export function buildAdapter<M extends AdapterMethod>(
  settings: {readonly method: M} & Omit<Buildable[M], 'method'>,
): Adapter {
  const {build} = methodOf(settings)
  if (!build) throw new Error(`method ${settings.method} has no adapter`)
  return build(settings)
}
