import {sum} from '../base/collections.ts'

/** The mean; that of equal values is exactly their value, from which Σ x / n may differ in rounding. */
export function mean(values: readonly number[]): number {
  const isConstant = values.length > 1 && values.every(value => value === values[0])
  return isConstant ? values[0] : sum(values) / values.length
}

/** The standard deviation s = √s² of a sample; 0 for fewer than two values. */
export const standardDeviation = (values: readonly number[]): number => Math.sqrt(variance(values) ?? 0)

/** The unbiased variance s² = Σ (x − x̄)² / (n − 1) of a sample; undefined for fewer than two values. */
export function variance(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1)
}
