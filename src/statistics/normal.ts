/** P(Z > z) of the normal distribution, right to 7 digits however far out: Press et al. 1992, section 6.2. */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + x / 2)
  let series = 0
  for (let i = COEFFICIENTS.length - 1; i >= 0; i--) series = COEFFICIENTS[i] + t * series
  const tail = (t * Math.exp(series - x * x)) / 2
  return z > 0 ? tail : 1 - tail
}

/** Of a polynomial, the constant first. */
const COEFFICIENTS = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
]

export const normalDensity = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
