import type {Tensor, Tensor2D} from '../tensor/tf.ts'

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
  /**
   * Reads one more token a row: ids (B, 1), after `past`, whose filled positions `real` (B, S) marks.
   * cos and sin (1, R / 2) belong to the token's column.
   */
  decode(
    ids: Tensor2D,
    past: readonly LayerCache[],
    real: Tensor2D,
    rotary: {readonly cos: Tensor; readonly sin: Tensor},
  ): DecodingOutput
}

/** The sizes of the KV cache, and the rotary angles of its columns. */
export interface CacheShape {
  readonly layers: number
  readonly kvHeads: number
  readonly headSize: number
  readonly vocabulary: number
  /** cos and sin of positions `from` … `from + count − 1`, each (count, R / 2). */
  rotary(from: number, count: number): {cos: Float32Array; sin: Float32Array}
}
