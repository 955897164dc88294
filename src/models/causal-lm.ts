import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import * as tf from '../tensor/tf.ts'
import {type Layer, paddingMask} from './layers/layers.ts'
import type {Scope} from './layers/scope.ts'
import type {SlidingWindow} from './layers/sliding-window.ts'

/** Keys, rotated, and values of one layer: (B, K, T, D). */
export interface LayerCache {
  readonly keys: Tensor
  readonly values: Tensor
}

/** The logits of each row's next token, (B, V), and the keys and values of the tokens that were read. */
export interface DecodingOutput {
  readonly logits: Tensor2D
  readonly caches: readonly LayerCache[]
}

/**
 * A causal language model, built on a scope. Shapes: B batch, T tokens, C hidden size, V vocabulary, R the entries of a
 * head that are rotated.
 */
export interface CausalLM {
  /** ids (B, T) → the head's input, (B, T, C). `real` (B, T) is 1 at real tokens; needed where padding is on the left. */
  hidden(ids: Tensor2D, real?: Tensor2D): Tensor
  /** The head's weight, (V, C). */
  readonly head: Tensor2D
  /** Reads left-padded prompts: ids and real (B, T). */
  prefill(ids: Tensor2D, real: Tensor2D): DecodingOutput
  /** Reads one more token a row: ids (B, 1), after `past`, whose filled positions `real` (B, S) marks. */
  decode(ids: Tensor2D, past: readonly LayerCache[], real: Tensor2D, column: NextColumn): DecodingOutput
}

/** The inputs of `decode` that depend on the column of the token to read. */
export interface NextColumn {
  /** cos and sin of its position, (1, R / 2). */
  readonly cos: Tensor
  readonly sin: Tensor
  /** `real` without the columns that are outside its window, (B, S), for a model with sliding windows. */
  readonly near?: Tensor2D
}

/** The sizes of the KV cache, and what else decoding depends on. */
export interface CacheShape {
  readonly layers: number
  readonly kvHeads: number
  readonly headSize: number
  readonly vocabulary: number
  /** The model's sliding window, if any. */
  readonly window?: SlidingWindow | undefined
  /** cos and sin of positions `from` … `from + count − 1`, each (count, R / 2). */
  rotary(from: number, count: number): {cos: Float32Array; sin: Float32Array}
}

/** The rotary angles of T columns, where R entries of a head are rotated. */
export interface Rotary {
  readonly cos: Tensor // (T, R / 2)
  readonly sin: Tensor
}

/** The keys and values of the tokens before the one that is read. */
export interface PastKeyValues extends LayerCache {
  /** The additive mask, (B, 1, 1, S). */
  readonly mask: Tensor
}

/** x (B, T, C) → h (B, T, C), and the keys and values that later tokens attend to. */
export type DecoderBlock = (
  x: Tensor,
  rotary: Rotary,
  mask?: Tensor,
  past?: PastKeyValues,
) => {readonly h: Tensor; readonly cache: LayerCache}

export interface DecoderParts {
  /** The scope of the blocks, which are numbered from 0. */
  readonly layers: Scope
  block(scope: Scope, layer: number): DecoderBlock
  /** ids (B, T) → the first block's input, (B, T, C). */
  embedded(ids: Tensor2D): Tensor
  /** The norm before the head. */
  readonly norm: Layer
  /** (V, C) */
  readonly head: Tensor2D
}

export function causalLM(cache: CacheShape, {block, embedded, norm, head, ...parts}: DecoderParts): CausalLM {
  const layers = Array.from({length: cache.layers}, (_, i) => parts.layers.at(i))

  const rotary = (T: number): Rotary => {
    const {cos, sin} = cache.rotary(0, T)
    const shape: [number, number] = [T, cos.length / T]
    return {cos: tf.tensor2d(cos, shape), sin: tf.tensor2d(sin, shape)}
  }

  /** Runs all blocks, each with the mask or the past that `rest` returns for it. */
  const read = (ids: Tensor2D, rotary: Rotary, rest: (layer: number) => {mask?: Tensor; past?: PastKeyValues}) => {
    const caches: LayerCache[] = []
    let x = embedded(ids)
    for (const [i, layer] of layers.entries()) {
      const {mask, past} = rest(i)
      const {h, cache} = block(layer, i)(x, rotary, mask, past)
      caches.push(cache)
      x = h
    }
    const [B, T, C] = x.shape
    const last = tf.reshape(tf.slice(x, [0, T - 1, 0], [B, 1, C]), [B, C])
    return {logits: tf.matMul(norm(last), head, false, true) as Tensor2D, caches} // (B, V)
  }

  return {
    head,
    hidden(ids, real) {
      const mask = real ? [paddingMask(real)] : []
      const blocks = layers.map((layer, i) =>
        layer.block(scope => {
          const run = block(scope, i)
          return (x, cos, sin, mask) => run(x, {cos, sin}, mask).h
        }),
      )
      const {cos, sin} = rotary(ids.shape[1])
      return norm(blocks.reduce((h, next) => next(h, cos, sin, ...mask), embedded(ids)))
    },
    prefill(ids, real) {
      const mask = paddingMask(real)
      return read(ids, rotary(ids.shape[1]), () => ({mask}))
    },
    decode(ids, past, real, {near, ...rotary}) {
      const mask = paddingMask(real)
      const nearMask = near ? paddingMask(near) : mask
      return read(ids, rotary, i => ({past: {...past[i], mask: cache.window?.covers(i) ? nearMask : mask}}))
    },
  }
}
