import {Fault} from '../base/fault.ts'
import type {Stored} from '../engine/program.ts'
import type {Factors} from '../linalg/factors.ts'
import {besideFactors} from '../linalg/truncate.ts'
import {readTensor} from '../weights/safetensors.ts'
import type {PretrainedWeight, WeightShape} from './adapter.ts'

/**
 * Returns W (out, in) without the singular values σᵢ of from ≤ i < to, where σ₀ is the largest: W − Σᵢ σᵢ uᵢ vᵢᵀ. It is
 * computed once and cached beside the factors.
 */
export function residual(
  origin: PretrainedWeight,
  {u, sigma, v}: Factors,
  [from, to]: readonly [from: number, to: number],
): Promise<Stored> {
  return besideFactors(u, `without-${from}-${to}`, async () => {
    const [out, into] = origin.shape
    const n = sigma.shape[0]
    const [W, U, S, V] = await Promise.all([origin.weight(), readTensor(u), readTensor(sigma), readTensor(v)])
    const data = new Float32Array(out * into)
    for (let i = 0; i < out; i++) {
      const row = Float64Array.from(W.subarray(i * into, (i + 1) * into))
      for (let k = from; k < to; k++) {
        const scale = U[i * n + k] * S[k]
        for (let j = 0; j < into; j++) row[j] -= scale * V[k * into + j]
      }
      data.set(row, i * into)
    }
    return {shape: origin.shape, data}
  })
}

interface RankOptions {
  /** The setting that gives the number. */
  readonly key?: string
  /** Default: the weight's number of singular values. */
  readonly most?: number
}

/** @throws Fault 'recipe' if a number of singular values is more than a weight has, or than `most` */
export function checkRank(
  weight: WeightShape,
  rank: number,
  {key = 'rank', most = Math.min(...weight)}: RankOptions = {},
): void {
  if (rank <= most) return
  const [out, into] = weight
  throw new Fault('recipe', `adapter.${key}: ${rank} is too large for a weight ${out} × ${into}; at most ${most}`, {
    at: ['adapter', key],
  })
}
