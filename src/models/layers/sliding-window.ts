import {quote} from '../../base/quote.ts'
import {type ModelConfig, reader} from '../config.ts'

/** A window of attention (Beltagy et al. 2020): a token attends to the last `size` tokens, itself included. */
export interface SlidingWindow {
  readonly size: number
  /** Whether a layer has the window; in other layers, a token attends to all earlier ones. */
  covers(layer: number): boolean
}

/** The number of tokens that a token of a layer attends to; undefined if no window limits it. */
export const windowOf = (window: SlidingWindow | undefined, layer: number): number | undefined =>
  window?.covers(layer) ? window.size : undefined

/**
 * config.json's `sliding_window` of a model whose layers all have it or none; null means none, as does an absent key without
 * a default. Some configs also list the type of each layer, which must agree.
 */
export function readWindow(json: ModelConfig, usual?: number): SlidingWindow | undefined {
  const {sliding_window: found = usual ?? null, layer_types: types} = json
  const size = found === null ? undefined : reader({sliding_window: found}).integer('sliding_window')
  const expected = size === undefined ? 'full_attention' : 'sliding_attention'
  const other = Array.isArray(types) ? types.find(type => type !== expected) : undefined
  const message = `layer_types must all be ${expected}, since sliding_window is ${found}, not ${quote(other)}`
  reader(json).check(other === undefined, message)
  return size === undefined ? undefined : {size, covers: () => true}
}
