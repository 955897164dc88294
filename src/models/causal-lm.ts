import type {PastKeyValues} from '../tensor/attention.ts'
import {capLogits} from '../tensor/cross-entropy.ts'
import {type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import {type Layer, paddingMask} from './layers/layers.ts'
import type {Scope} from './layers/scope.ts'
import type {SlidingWindow} from './layers/sliding-window.ts'
import {
  anglesOf,
  type ColumnAngles,
  countReal,
  type RotaryAngles,
  type Rotate,
  type RotateAt,
  realBefore,
  rotation,
  rotationOfColumn,
  rotationOfRows,
} from './rotation.ts'

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
export interface NextColumn extends ColumnAngles {
  /** `real` without the columns that are outside its window, (B, S), for a model with sliding windows. */
  readonly near?: Tensor2D
}

/** The sizes of the KV cache, and what else decoding depends on. */
export interface CacheShape extends RotaryAngles {
  readonly layers: number
  readonly kvHeads: number
  readonly headSize: number
  readonly vocabulary: number
  /** The model's sliding window, if any. */
  readonly window?: SlidingWindow | undefined
}

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
  const layers = Array.from({length: cache.layers}, (_, i) => parts.layers.at(i))

  /** Runs all blocks, each with the mask or the past that `rest` returns for it. */
  const read = (h: Tensor, rotateAt: RotateAt, rest: (layer: number) => {mask?: Tensor; past?: PastKeyValues}) => {
    const caches: LayerCache[] = []
    let x = h
    for (const [i, layer] of layers.entries()) {
      const {mask, past} = rest(i)
      const {h, cache} = block(layer, i)(x, rotateAt(i), mask, past)
      caches.push(cache)
      x = h
    }
    const [B, T, C] = x.shape
    const last = tf.reshape(tf.slice(x, [0, T - 1, 0], [B, 1, C]), [B, C])
    const logits = capLogits(tf.matMul(norm(last), head, false, true), logitCap) as Tensor2D // (B, V)
    return {logits, caches}
  }

  return {
    head,
    logitCap,
    hidden(ids, real) {
      const [, T] = ids.shape
      const shared = anglesOf(cache, T)
      const mask = real ? [paddingMask(real)] : []
      const blocks = layers.map((layer, i) =>
        layer.block(scope => {
          const run = block(scope, i)
          return (x, ...rest) => run(x, rotation(cache, rest.slice(0, shared.length))(i), rest[shared.length]).h
        }),
      )
      const x = embedded(ids, real && (() => realBefore(real)))
      return norm(blocks.reduce((h, next) => next(h, ...shared, ...mask), x))
    },
    prefill(ids, real) {
      const mask = paddingMask(real)
      const x = embedded(ids, () => realBefore(real))
      return read(x, rotationOfRows(cache, real), () => ({mask}))
    },
    decode(ids, past, real, column) {
      const mask = paddingMask(real)
      const nearMask = column.near ? paddingMask(column.near) : mask
      const x = embedded(ids, () => countReal(real))
      return read(x, rotationOfColumn(cache, real, column), i => ({
        past: {...past[i], mask: cache.window?.covers(i) ? nearMask : mask},
      }))
    },
  }
}
