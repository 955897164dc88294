/** Entries of the flat vector, `from` to before `to`. */
export interface EntryRange {
  readonly from: number
  readonly to: number
}

/** Entries with their own learning rate. */
export interface RateGroup extends EntryRange {
  readonly lr: number
}

/** The flat vector of all trainables and AdamW's two moments, of the same length; `adamw` overwrites all three. */
export interface AdamWState {
  readonly theta: Float32Array
  readonly m: Float32Array
  readonly v: Float32Array
}

export interface AdamW {
  readonly betas: readonly [number, number]
  readonly eps: number
  /** Decoupled weight decay, applied to every trainable. */
  readonly weightDecay: number
}

/** The entries to work on; default: all. */
interface RangeOption {
  readonly range?: EntryRange | undefined
}

export interface UpdateOptions extends AdamW {
  /** The number of this update: 1, 2, … */
  readonly step: number
  readonly groups: readonly RateGroup[]
  /** The factor of the gradient. */
  readonly scale: number
}

/**
 * AdamW, Loshchilov & Hutter 2019, algorithm 2, in place: θ ← (1 − lr λ) θ − lr m̂ / (√v̂ + ε), with the moments'
 * biases corrected for `step`. Parameters outside all groups and outside `range` stay as they are. Computed in float64, stored
 * in float32.
 */
export function adamw(
  {theta, m, v}: AdamWState,
  grad: Float32Array,
  {betas, eps, weightDecay, step, groups, scale, range = {from: 0, to: theta.length}}: UpdateOptions & RangeOption,
): void {
  const [beta1, beta2] = betas
  const unbias = 1 / Math.sqrt(1 - beta2 ** step)
  for (const {from, to, lr} of groups) {
    const keep = 1 - lr * weightDecay
    const move = lr / (1 - beta1 ** step)
    const end = Math.min(to, range.to)
    for (let i = Math.max(from, range.from); i < end; i++) {
      const g = grad[i] * scale
      const first = beta1 * m[i] + (1 - beta1) * g
      const second = beta2 * v[i] + (1 - beta2) * g * g
      m[i] = first
      v[i] = second
      theta[i] = theta[i] * keep - (move * first) / (Math.sqrt(second) * unbias + eps)
    }
  }
}

/** The factor by which torch's clip_grad_norm_ multiplies a gradient of norm `norm`. */
export const clipFactor = (norm: number, clip: number | undefined) =>
  clip === undefined ? 1 : Math.min(1, clip / (norm + 1e-6))

export interface SumOptions {
  readonly weight: number
  /** Replace what `sum` holds, which may then be the gradient itself. */
  readonly isFirst: boolean
}

/** The number of entries whose squares are summed one after the other, so that a norm does not depend on the number of threads. */
export const BLOCK = 2 ** 22

/**
 * Adds weight · grad to `sum` in a range that begins with a block, and returns the sum of squares of each block: one pass over memory
 * for both. They are finite if all entries are.
 */
export function accumulate(
  sum: Float32Array,
  grad: Float32Array,
  {weight, isFirst, range: {from, to} = {from: 0, to: sum.length}}: SumOptions & RangeOption,
): number[] {
  const squares: number[] = []
  for (let begin = from; begin < to; begin += BLOCK) {
    const end = Math.min(begin + BLOCK, to)
    let block = 0
    for (let i = begin; i < end; i++) {
      const total = Math.fround((isFirst ? 0 : sum[i]) + grad[i] * weight)
      sum[i] = total
      block += total * total
    }
    squares.push(block)
  }
  return squares
}
