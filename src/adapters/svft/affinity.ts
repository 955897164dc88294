import type {Factors} from '../../linalg/factors.ts'
import {transpose} from '../../linalg/transpose.ts'
import {readTensor} from '../../weights/safetensors.ts'

/** Top-k's scores: `code` as the official implementation computes them, `paper` as the paper defines them. */
export type TopK = 'code' | 'paper'

/**
 * Scores how well each left singular vector is aligned with each right one, for the top-k pattern (paper, section 3.1).
 * Returns n × n scores, row by row, of the thin factors of a weight (out, in).
 *
 * - paper: uᵢᵀ vⱼ, columns of U with columns of V; for square weights only.
 * - code: row i of U with vⱼ; for a weight that is not square, the entries of the factor that is.
 */
export async function affinity(rule: TopK, factors: Pick<Factors, 'u' | 'v'>): Promise<Float32Array> {
  const values = async (name: 'u' | 'v') => Float32Array.from(await readTensor(factors[name]))
  const [out, n] = factors.u.shape
  const [, into] = factors.v.shape
  if (out !== into) return values(out < into ? 'u' : 'v')
  const u = await values('u')
  return products(rule === 'code' ? u : transpose(u, [n, n], new Float32Array(n * n)), await values('v'), n)
}

/** The dot product of every row of `a` with every row of `b`, both n × n: four sums at a time, which is faster. */
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
