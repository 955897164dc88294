import type {PastKeyValues} from '../tensor/attention.ts'
import {capLogits} from '../tensor/cross-entropy.ts'
import * as fused from '../tensor/fused.ts'
import {type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import {type Layer, paddingMask} from './layers/layers.ts'
import {firstAngles} from './layers/rotary.ts'
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
  /**
   * ids (B, T) → the head's input, (B, T, C). `real` (B, T) is 1 at real tokens; needed where padding is on the left. T,
   * not a text's own length, decides whether it gets the angles of long texts.
   */
  hidden(ids: Tensor2D, real?: Tensor2D): Tensor
  /** The head's weight, (V, C). */
  readonly head: Tensor2D
  /** The bound of the logits h headᵀ, which approach it by tanh; default: none. */
  readonly logitCap?: number | undefined
  /** Reads left-padded prompts: ids and real (B, T). */
  prefill(ids: Tensor2D, real: Tensor2D): DecodingOutput
  /** Reads one more token a row: ids (B, 1), after `past`, whose filled positions `real` (B, S) marks. */
  decode(ids: Tensor2D, past: readonly LayerCache[], real: Tensor2D, column: NextColumn): DecodingOutput
}

/** The inputs of `decode` that depend on the column of the token to read. */
export interface NextColumn {
  /** cos and sin of its position, (1, R / 2), for a model that rotates. */
  readonly cos?: Tensor
  readonly sin?: Tensor
  /** The same for long texts, for a model with other angles there. */
  readonly longCos?: Tensor
  readonly longSin?: Tensor
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
  /** cos and sin of positions `from` … `from + count − 1`, each (count, R / 2); absent where positions are learned. */
  rotary?(from: number, count: number, options?: {readonly long?: boolean}): {cos: Float32Array; sin: Float32Array}
  /** The number of tokens above which a text has the angles of long texts, if there are any. */
  readonly longAbove?: number | undefined
}

/** Rotates heads (B, H, T, D) by the positions of their tokens. A model of learned positions does not use it. */
export type Rotate = Layer

/** x (B, T, C) → h (B, T, C), and the keys and values that later tokens attend to. */
export type DecoderBlock = (
  x: Tensor,
  rotate: Rotate,
  mask?: Tensor,
  past?: PastKeyValues,
) => {readonly h: Tensor; readonly cache: LayerCache}

export interface DecoderParts {
  /** The scope of the blocks, which are numbered from 0. */
  readonly layers: Scope
  block(scope: Scope, layer: number): DecoderBlock
  /** ids and the positions of their tokens (B, T), by default 0 … T − 1 in each row → the first block's input, (B, T, C). */
  embedded(ids: Tensor2D, positions?: () => Tensor2D): Tensor
  /** The norm before the head. */
  readonly norm: Layer
  /** (V, C) */
  readonly head: Tensor2D
  /** The bound of the logits. */
  readonly logitCap?: number | undefined
}

export function causalLM(cache: CacheShape, {block, embedded, norm, head, logitCap, ...parts}: DecoderParts): CausalLM {
  const {rotary, longAbove} = cache
  const layers = Array.from({length: cache.layers}, (_, i) => parts.layers.at(i))

  /** cos and sin of the first T positions, each (T, R / 2); none for a model that does not rotate. */
  const angles = (T: number, options?: {readonly long: boolean}): readonly Tensor[] =>
    rotary ? firstAngles({rotary, longAbove}, T, options) : []

  /** Runs all blocks, each with the mask or the past that `rest` returns for it. */
  const read = (h: Tensor, rotate: Rotate, rest: (layer: number) => {mask?: Tensor; past?: PastKeyValues}) => {
    const caches: LayerCache[] = []
    let x = h
    for (const [i, layer] of layers.entries()) {
      const {mask, past} = rest(i)
      const {h, cache} = block(layer, i)(x, rotate, mask, past)
      caches.push(cache)
      x = h
    }
    const [B, T, C] = x.shape
    const last = tf.reshape(tf.slice(x, [0, T - 1, 0], [B, 1, C]), [B, C])
    const logits = capLogits(tf.matMul(norm(last), head, false, true), logitCap) as Tensor2D // (B, V)
    return {logits, caches}
  }

  /** Rotates rows of T columns: those that mark more real tokens than `longAbove` by the angles of long texts. */
  const rotationOfRows = (T: number, real: Tensor2D): Rotate => {
    const short = rotation(angles(T, {long: false}))
    if (longAbove === undefined || T <= longAbove) return short
    return chosen(isAbove(real, longAbove), rotation(angles(T, {long: true})), short)
  }

  return {
    head,
    logitCap,
    hidden(ids, real) {
      const [, T] = ids.shape
      const shared = angles(T)
      const mask = real ? [paddingMask(real)] : []
      const blocks = layers.map((layer, i) =>
        layer.block(scope => {
          const run = block(scope, i)
          return (x, ...rest) => run(x, rotation(rest.slice(0, shared.length)), rest[shared.length]).h
        }),
      )
      const x = embedded(ids, real && (() => realBefore(real)))
      return norm(blocks.reduce((h, next) => next(h, ...shared, ...mask), x))
    },
    prefill(ids, real) {
      const mask = paddingMask(real)
      const x = embedded(ids, () => realBefore(real))
      return read(x, rotationOfRows(ids.shape[1], real), () => ({mask}))
    },
    decode(ids, past, real, {near, cos, sin, longCos, longSin}) {
      const mask = paddingMask(real)
      const nearMask = near ? paddingMask(near) : mask
      const x = embedded(ids, () => countReal(real))
      const short = rotation(cos && sin ? [cos, sin] : [])
      const rotate =
        longAbove !== undefined && longCos && longSin
          ? chosen(isAbove(real, longAbove - 1), rotation([longCos, longSin]), short) // the token itself counts too
          : short
      return read(x, rotate, i => ({
        past: {...past[i], mask: cache.window?.covers(i) ? nearMask : mask},
      }))
    },
  }
}

/** Rotates by these angles, cos and sin; without any, it leaves heads as they are. */
const rotation = ([cos, sin]: readonly Tensor[]): Rotate => (cos && sin ? x => fused.rotate(x, cos, sin) : x => x)

/** Rotates the rows that `isLong` (B, 1, 1, 1) marks by one function and the others by another. */
const chosen =
  (isLong: Tensor, long: Rotate, short: Rotate): Rotate =>
  x =>
    tf.add(tf.mul(long(x), isLong), tf.mul(short(x), tf.sub(1, isLong)))

/** 1 for rows with more than `count` real tokens, else 0: (B, T) → (B, 1, 1, 1). */
function isAbove(real: Tensor2D, count: number): Tensor {
  const above = tf.greater(countReal(real), tf.scalar(count, 'int32'))
  return tf.reshape(tf.cast(above, 'float32'), [real.shape[0], 1, 1, 1])
}

// Tokens are counted in integers: bfloat16 has no odd ones above 256.

/** The number of real tokens of each row: (B, T) → (B, 1). */
const countReal = (real: Tensor2D) => tf.sum(tf.cast(real, 'int32'), 1, true) as Tensor2D

/** The number of real tokens before each token of a row: (B, T) → (B, T). */
const realBefore = (real: Tensor2D) => tf.cumsum(tf.cast(real, 'int32'), 1, true) as Tensor2D
