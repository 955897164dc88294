/** A range of the flat vector, `from` to before `to`, with its own learning rate. */
export interface RateGroup {
  readonly from: number
  readonly to: number
  readonly lr: number
}

/** The flat vector of all trainables and AdamW's two moments, of the same length; `adamw` overwrites all three. */
export interface Moments {
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

/**
 * AdamW, Loshchilov & Hutter 2019, algorithm 2, in place: θ ← (1 − lr λ) θ − lr m̂ / (√v̂ + ε), with the moments'
 * biases corrected for `step` (1, 2, …). The gradient is multiplied by `scale`. Parameters outside all groups stay as they
 * are. Computed in float64, stored in float32.
 */
export function adamw(
  {theta, m, v}: Moments,
  grad: Float32Array,
  options: AdamW & {readonly step: number; readonly groups: readonly RateGroup[]; readonly scale: number},
): void {
  const {betas, eps, weightDecay, step, groups, scale} = options
  const [beta1, beta2] = betas
  const unbias = 1 / Math.sqrt(1 - beta2 ** step)
  for (const {from, to, lr} of groups) {
    const keep = 1 - lr * weightDecay
    const move = lr / (1 - beta1 ** step)
    for (let i = from; i < to; i++) {
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

/**
 * Adds weight · grad to `sum`, or with `isFirst` replaces `sum`, which may be `grad` itself, by it. Returns whether all of `grad` is
 * finite, and the norm of `sum`: one pass over memory for all.
 */
export function accumulate(
  sum: Float32Array,
  grad: Float32Array,
  {weight, isFirst}: {readonly weight: number; readonly isFirst: boolean},
): {finite: boolean; norm: number} {
  let zero = 0
  let squares = 0
  for (let i = 0; i < sum.length; i++) {
    const g = grad[i]
    zero += g * 0 // becomes NaN if g is not finite
    const total = Math.fround((isFirst ? 0 : sum[i]) + g * weight)
    sum[i] = total
    squares += total * total
  }
  return {finite: zero === 0, norm: Math.sqrt(squares)}
}
