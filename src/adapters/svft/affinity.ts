import {readTensor} from '../../weights/safetensors.ts'
import type {Factors} from '../adapter.ts'

/** Top-k's scores: `code` as the official implementation computes them, `paper` as the paper defines them. */
export type TopK = 'code' | 'paper'

/**
 * How much a left and a right singular vector agree, for the top-k pattern (paper, section 3.1). Answers n × n scores,
 * row by row, of the thin factors of a weight (out, in).
 *
 * - paper: uᵢᵀ vⱼ, columns of U with columns of V; for square weights only.
 * - code: row i of U with vⱼ; for a weight that is not square, the entries of the factor that is.
 */
export async function affinity(rule: TopK, factors: Pick<Factors, 'u' | 'v'>): Promise<Float32Array> {
  const numbers = async (name: 'u' | 'v') => Float32Array.from(await readTensor(factors[name]))
  const [out, n] = factors.u.shape
  const [, into] = factors.v.shape
  if (out !== into) return numbers(out < into ? 'u' : 'v')
  const u = await numbers('u')
  return products(rule === 'code' ? u : transpose(u, n), await numbers('v'), n)
}

function transpose(square: Float32Array, n: number): Float32Array {
  const result = new Float32Array(n * n)
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) result[j * n + i] = square[i * n + j]
  return result
}

/** Every row of `a` with every row of `b`, both n × n: four at a time, which keeps four sums in flight. */
function products(a: Float32Array, b: Float32Array, n: number): Float32Array {
  const result = new Float32Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j += 4) {
      const row = i * n
      const [b0, b1, b2, b3] = [j, j + 1, j + 2, j + 3].map(r => Math.min(r, n - 1) * n)
      let [s0, s1, s2, s3] = [0, 0, 0, 0]
      for (let k = 0; k < n; k++) {
        const left = a[row + k]
        s0 += left * b[b0 + k]
        s1 += left * b[b1 + k]
        s2 += left * b[b2 + k]
        s3 += left * b[b3 + k]
      }
      result.set([s0, s1, s2, s3].slice(0, n - j), row + j)
    }
  }
  return result
}
