/** The least norm to divide by, so that zeros, which have no direction, stay zero. */
export const LEAST_NORM = 1e-12

/** The Euclidean norm, summed in float64. Of float32 values it is finite if and only if all of them are. */
export function norm(values: Float32Array | Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i]
  return Math.sqrt(sum)
}
