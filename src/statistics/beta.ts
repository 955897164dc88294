import {integral} from './student.ts'

/**
 * P(X > x) for X of the beta distribution with parameters a and b, of at least 1/2 each. With x = sin² θ the density is
 * proportional to sin^(2a − 1) θ cos^(2b − 1) θ, which Simpson's rule integrates.
 */
export function upperBetaTail(x: number, a: number, b: number): number {
  const height = (angle: number) => Math.sin(angle) ** (2 * a - 1) * Math.cos(angle) ** (2 * b - 1)
  const from = Math.asin(Math.sqrt(Math.min(Math.max(x, 0), 1)))
  return integral(height, from, Math.PI / 2) / integral(height, 0, Math.PI / 2)
}
