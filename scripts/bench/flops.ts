import {type Shape, size} from '../../src/engine/program.ts'

/** The matrix products of a model that LoRA trains, in the model's own terms. */
export interface LoraWork {
  /** N, rows of x that every adapted linear reads. */
  readonly rows: number
  readonly rank: number
  /** Every adapted weight, (out, in). */
  readonly adapted: readonly Shape[]
  /** Weights that read the input of the first block, which needs no gradient. */
  readonly first: readonly Shape[]
  /**
   * Weights that read fewer rows: the last block of a classifier computes only the first token of each text or image.
   */
  readonly few?: {readonly rows: number; readonly weights: readonly Shape[]}
  readonly attention: {
    readonly layers: number
    /** Pairs of query and key in the whole batch: B · T², or B · T(T + 1) / 2 with causal attention. */
    readonly pairs: number
    /** The width of attention, H · D. */
    readonly width: number
  }
  /** Products before and after the blocks. */
  readonly ends: number
}

/**
 * Floating-point operations in the matrix products of one LoRA training step; an addition and a multiplication count as
 * two. Products that nothing needs do not count, so that computing them lowers the measured rate of a step:
 *
 *     Σ over adapted W    2N · 2 · in · out          x Wᵀ and the gradient to x
 *                       + 2N · 3 · r (in + out)      A and B: the product, its gradients to what it reads and to itself
 *     − Σ over first W    2N · in · out + 2N · r · in
 *     − Σ over few W      the first line, for the rows that they do not read
 *     + layers · 2 · 6 · pairs · H · D               q kᵀ, P v; the gradients to P, v, q and k
 *     + ends
 */
export function loraFlops({rows, rank, adapted, first, few, attention, ends}: LoraWork): number {
  const {layers, pairs, width} = attention
  const whole = (rows: number) => (weight: Shape) => 4 * rows * size(weight) + 6 * rows * rank * (weight[0] + weight[1])
  const all = adapted.map(whole(rows))
  const unread = few?.weights.map(whole(rows - few.rows)) ?? []
  const spared = first.map(weight => 2 * rows * size(weight) + 2 * rows * rank * weight[1])
  return sum(all) - sum(spared) - sum(unread) + 12 * layers * pairs * width + ends
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0)
