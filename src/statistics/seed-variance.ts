import {variance} from './mean-variance.ts'
import {integral} from './student.ts'

/** The variance of scores between seeds, pooled over methods; variance and degrees are 0 if no method has two seeds. */
export interface SeedVariance {
  readonly variance: number
  readonly degrees: number
  /** Methods whose own variance is this large or larger are outliers: they are not in the pool, and keep their own. */
  readonly outlier: number
}

/** A variance that is estimated from seeds, with its degrees of freedom. */
export interface EstimatedVariance {
  readonly seeds: number
  readonly degrees: number
}

/** The level of the test for outliers. */
const OUTLIER_ALPHA = 0.01

/**
 * Pools the variance between seeds over methods, a list of scores each: Σ (kᵢ − 1) sᵢ² / Σ (kᵢ − 1). Outliers are left out,
 * the largest first, as long as Cochran's test finds one at the 1 % level (Cochran 1941, ISO 5725-2): among methods of
 * equal variance, the share (kᵢ − 1) sᵢ² of the sum has a beta distribution, and any of them may be the largest (Bonferroni).
 * The test assumes continuous scores: if the seeds of all other methods tie, the one that varies is kept, so that the pool is
 * 0 only if no method varies.
 */
export function pooledVariance(methods: readonly (readonly number[])[]): SeedVariance {
  const parts = methods.flatMap(scores => {
    const own = variance(scores)
    return own === undefined ? [] : [{own, degrees: scores.length - 1}]
  })
  parts.sort((a, b) => b.own - a.own)
  let outlier = Number.POSITIVE_INFINITY
  while (parts.length > 1) {
    const [{own, degrees}] = parts
    const [squares, sum] = [own * degrees, sumOf(parts)]
    if (squares === sum.squares) break // the others vary by rounding at most
    const share = squares / sum.squares
    const p = parts.length * upperBetaTail(share, degrees / 2, (sum.degrees - degrees) / 2)
    if (p >= OUTLIER_ALPHA) break
    outlier = own
    parts.shift()
  }
  const {squares, degrees} = sumOf(parts)
  return {variance: degrees === 0 ? 0 : squares / degrees, degrees, outlier}
}

function sumOf(parts: readonly {readonly own: number; readonly degrees: number}[]) {
  let [squares, degrees] = [0, 0]
  for (const part of parts) {
    squares += part.own * part.degrees
    degrees += part.degrees
  }
  return {squares, degrees}
}

/**
 * P(X > x) for X of the beta distribution with parameters a and b, of at least 1/2 each. With x = sin² θ the density is
 * proportional to sin^(2a − 1) θ cos^(2b − 1) θ, which Simpson's rule integrates.
 */
export function upperBetaTail(x: number, a: number, b: number): number {
  const height = (angle: number) => Math.sin(angle) ** (2 * a - 1) * Math.cos(angle) ** (2 * b - 1)
  const from = Math.asin(Math.sqrt(Math.min(Math.max(x, 0), 1)))
  return integral(height, from, Math.PI / 2) / integral(height, 0, Math.PI / 2)
}

/**
 * The variance between seeds of a mean of k of them: s² / k, where s² is the method's own if it is an outlier, else the
 * larger of its own and the pooled one, with the degrees of freedom of the pool.
 */
export function varianceOfMean(scores: readonly number[], pooled: SeedVariance): EstimatedVariance {
  const own = variance(scores) ?? 0
  if (own >= pooled.outlier) return {seeds: own / scores.length, degrees: scores.length - 1}
  return {seeds: Math.max(own, pooled.variance) / scores.length, degrees: pooled.degrees}
}

/**
 * The variance between seeds of the difference mean(a) − share · mean(b). Without an outlier both sides rest on the pool and
 * have its degrees of freedom; with one, the two are independent estimates (Welch 1938, Satterthwaite 1946).
 */
export function varianceOfDifference(
  a: readonly number[],
  b: readonly number[],
  {pooled, share = 1}: {readonly pooled: SeedVariance; readonly share?: number},
): EstimatedVariance {
  const [first, second] = [varianceOfMean(a, pooled), varianceOfMean(b, pooled)]
  const [own, other] = [first.seeds, share ** 2 * second.seeds]
  const isPooled = [a, b].every(scores => (variance(scores) ?? 0) < pooled.outlier)
  if (isPooled || own + other === 0) return {seeds: own + other, degrees: pooled.degrees}
  const term = (seeds: number, degrees: number) => (seeds === 0 ? 0 : seeds ** 2 / degrees)
  return {
    seeds: own + other,
    degrees: (own + other) ** 2 / (term(own, first.degrees) + term(other, second.degrees)),
  }
}
