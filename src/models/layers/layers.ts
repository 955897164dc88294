import {Fault} from '../../base/fault.ts'
import {HIDDEN} from '../../tensor/attention.ts'
import * as fused from '../../tensor/fused.ts'
import {type Tensor, type Tensor1D, type Tensor2D, tf, withGradient} from '../../tensor/tf.ts'
import type {Project, Scope} from './scope.ts'

export type Layer = (x: Tensor) => Tensor

/** x (…, in) → (…, out). */
export const linear = (scope: Scope): Layer => affine(scope, scope.project())

/** A linear layer whose weight is stored as (in, out), which transformers calls Conv1D. */
export const transposedLinear = (scope: Scope): Layer => affine(scope, scope.project({transposed: true}))

function affine(scope: Scope, project: Project): Layer {
  const bias = scope.bias()
  return x => {
    const rows = x.shape.slice(0, -1)
    const y = project(tf.reshape(x, [-1, x.shape[x.rank - 1]])) // (N, out)
    return tf.reshape(bias ? tf.add(y, bias) : y, [...rows, y.shape[1]])
  }
}

/** A linear layer whose input is dropped out. */
export function dropped(scope: Scope): Layer {
  const [drop, project] = [scope.at('dropout').dropout(), linear(scope)]
  return x => project(drop(x))
}

export function rmsNorm(scope: Scope, eps: number): Layer {
  const gain = scope.vector('weight')
  return x => fused.rmsNorm(x, gain, eps)
}

/** Layer normalization, with or without a bias. */
export function layerNorm(scope: Scope, eps: number): Layer {
  const gain = scope.vector('weight')
  const bias = scope.bias() ?? tf.zeros(gain.shape)
  return x => fused.layerNorm(x, gain, bias, eps)
}

/** The embeddings of positions 0 … T − 1, (T, C). */
export function firstRows(positions: Tensor2D, T: number): Tensor2D {
  const [longest, C] = positions.shape
  if (T > longest) throw tooLong(T, longest)
  return tf.slice(positions, [0, 0], [T, C])
}

/** The fault of a text with more tokens than a model reads. */
export const tooLong = (tokens: number, longest: number) =>
  new Fault('input', `the model reads texts of at most ${longest} tokens, not ${tokens}`)

/** The first token of each text, (B, T, C) → (B, C). */
export const firstTokens = (h: Tensor): Tensor2D => tokensAt(h, 0)

/** The token of each text at a position, (B, T, C) → (B, C). */
export function tokensAt(h: Tensor, position: number): Tensor2D {
  const [B, , C] = h.shape
  return tf.reshape(tf.slice(h, [0, position, 0], [B, 1, C]), [B, C])
}

/** The mean of each text's tokens, without padding: h (B, T, C), real (B, T) → (B, C). */
export function meanTokens(h: Tensor, real: Tensor2D): Tensor2D {
  const [B, T] = real.shape
  const mask = tf.cast(real, 'float32')
  const sum = tf.sum(tf.mul(h, tf.reshape(mask, [B, T, 1])), 1)
  return tf.div(sum, tf.maximum(tf.sum(mask, 1, true), 1)) // a row without a text is 0
}

/** The tokens that a block computes: all, or so many of the first, since a classifier reads no others of its last block. */
export type TokensToOutput = 'all' | number

/** The first N tokens or all tokens of x: (B, T, C) → (B, N, C) or (B, T, C). */
export function takeTokens(x: Tensor, output: TokensToOutput): Tensor {
  const [B, , C] = x.shape
  return output === 'all' ? x : tf.slice(x, [0, 0, 0], [B, output, C])
}

/** (B, T, H · D) → (B, H, T, D) */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [B, T, C] = x.shape
  return tf.transpose(tf.reshape(x, [B, T, heads, C / heads]), [0, 2, 1, 3])
}

/** (B, H, T, D) → (B, T, H · D) */
export function mergeHeads(x: Tensor): Tensor {
  const [B, H, T, D] = x.shape
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [B, T, H * D])
}

/** An additive mask (B, 1, 1, T) from one that is 1 at real tokens, (B, T). */
export function paddingMask(real: Tensor2D): Tensor {
  const [B, T] = real.shape
  return tf.reshape(tf.mul(tf.sub(tf.cast(real, 'float32'), 1), -HIDDEN), [B, 1, 1, T])
}

/**
 * Row t of `embedding` (V, C) for each token t of `ids` (B, T) → (B, T, C). The row of `padding` gets no gradient, as with
 * torch's `padding_idx`.
 */
export function embed(embedding: Tensor2D, ids: Tensor2D, padding?: number): Tensor {
  if (padding === undefined) return tf.gather(embedding, ids)
  return withGradient([embedding], ([rows]) => ({
    value: tf.gather(rows, ids),
    saved: [ids],
    gradient(dy, [ids]) {
      const [B, T, C] = dy.shape
      const real = tf.sub(1, tf.cast(tf.equal(ids, tf.scalar(padding, 'int32')), 'float32'))
      const kept = tf.reshape(tf.mul(dy, tf.reshape(real, [B, T, 1])), [B * T, C])
      return [tf.unsortedSegmentSum(kept, tf.reshape(ids, [B * T]) as Tensor1D, embedding.shape[0])]
    },
  }))
}
