import {sum} from '../base/sum.ts'

export const mean = (values: readonly number[]): number => sum(values) / values.length

/** The unbiased variance s² = Σ (x − x̄)² / (n − 1) of a sample; undefined for fewer than two values. */
export function variance(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1)
}
