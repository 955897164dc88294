import type {Adapter} from './adapter.ts'
import {type Boft, boft} from './boft/boft.ts'
import {dora} from './dora.ts'
import {full} from './full.ts'
import {head} from './head.ts'
import {type Lora, lora} from './lora.ts'
import {type Svft, svft} from './svft/svft.ts'
import {type Vera, vera} from './vera.ts'

/** What each method can be told. */
interface Settings {
  readonly svft: Svft
  readonly lora: Lora
  readonly dora: Lora
  readonly vera: Vera
  readonly boft: Boft
  readonly full: object
  readonly head: object
}

type Method = keyof Settings

export const METHODS = {svft, lora, dora, vera, boft, full, head} satisfies {
  [M in Method]: (settings: Settings[M]) => Adapter
}

/** The adapter of a recipe's `adapter` block: its method with the method's settings; other keys are left aside. */
export function buildAdapter<M extends Method>(recipe: {readonly method: M} & Settings[M]): Adapter {
  const build: {readonly [M in Method]: (settings: Settings[M]) => Adapter} = METHODS
  return build[recipe.method](recipe)
}
