/** W = U diag(s) V with n = min(out, in), in C order, computed in float64. */
export interface Svd {
  /** Orthonormal columns (out, n), including those with s = 0. */
  readonly u: Float32Array
  /** The n singular values, falling. */
  readonly s: Float32Array
  /** Orthonormal rows (n, in): the paper's Vᵀ. */
  readonly v: Float32Array
}
