/** `factorized`: y = ((x V) Cᵀ) Uᵀ. `merged`: y = x W′ᵀ with W′ = (U C) Vᵀ built first. */
export type Formulation = 'factorized' | 'merged'

/** Sizes of x (rows, in) and W′ = U C Vᵀ (out, in): U (out, left), Vᵀ (right, in) and `width` multiplications a value by C. */
export interface MergeCost {
  readonly rows: number
  readonly out: number
  readonly into: number
  readonly left: number
  readonly right: number
  readonly width: number
}

/**
 * Floating-point operations in the matrix products of one training step: forward, gradient to x, gradient to C.
 * Factorized, U and V are passed forward and backward, C also for its own gradient; merged, W′ is used three times and
 * built once, and its gradient is projected back to C's.
 */
export const COST = {
  factorized: ({rows, out, into, left, right, width}) =>
    4 * rows * (left * out + right * into) + 6 * rows * left * width,
  merged: ({rows, out, into, left, right, width}) => 6 * rows * out * into + 4 * out * (right * into + left * width),
} satisfies Record<Formulation, (work: MergeCost) => number>

/** Chooses the formulation with fewer operations: for a square weight, merged from about twice as many rows as its size. */
export const cheapest = (work: MergeCost): Formulation =>
  COST.merged(work) < COST.factorized(work) ? 'merged' : 'factorized'
