/** W = U diag(s) V with n = min(out, in), all C order, computed in float64. */

export interface Svd {
  /** (out, n), orthonormal columns, also where s is 0. */
  readonly u: Float32Array
  /** The n singular values, falling. */
  readonly s: Float32Array
  /** (n, in), orthonormal rows: the paper's Vᵀ. */
  readonly v: Float32Array
}
