/**
 * P(|T| > t) for Student's t distribution with `df` ≥ 1 degrees of freedom, which need not be an integer; Infinity is the
 * normal distribution. With t = √df tan θ the density is proportional to cos^(df − 1) θ, which Simpson's rule integrates.
 */
export function twoSidedP(t: number, df: number): number {
  const at = angles(Math.abs(t), df)
  return at.tail / at.whole
}

/** The two-sided critical value, which |T| exceeds with probability `p`: `criticalT(0.05, 4)` is 2.776. */
export function criticalT(p: number, df: number): number {
  const capped = Math.min(df, MAX_DF)
  let t = 0
  for (let i = 0; i < 100; i++) {
    const {tail, whole, density} = angles(t, capped)
    const step = (tail / whole - p) / (density / whole) // the tail is convex, so Newton's method never overshoots
    t += step
    if (Math.abs(step) < 1e-9 * t) break // Simpson's rule is no more precise
  }
  return t
}

/** Beyond this many degrees of freedom the t distribution is the normal one to six digits. */
const MAX_DF = 1e7
const INTERVALS = 200
/** The integral ends here: the density is below 1e-30 of its value at the start. */
const REACH = 12

function angles(t: number, degrees: number) {
  const df = Math.min(degrees, MAX_DF)
  const root = Math.sqrt(df)
  const from = root * Math.atan(t / root) // angles are scaled by √df, so that the density is about 1 wide
  const end = Math.min((root * Math.PI) / 2, from + REACH)
  const height = (u: number) => Math.exp((df - 1) * Math.log(Math.cos(u / root)))
  return {
    tail: integral(height, from, end),
    whole: integral(height, 0, Math.min((root * Math.PI) / 2, REACH)),
    density: height(from) * Math.cos(from / root) ** 2,
  }
}

/** Integrates by Simpson's rule. */
export function integral(f: (x: number) => number, from: number, to: number): number {
  const h = (to - from) / INTERVALS
  let sum = 0
  for (let i = 0; i <= INTERVALS; i++) {
    const weight = i === 0 || i === INTERVALS ? 1 : i % 2 === 1 ? 4 : 2
    const height = f(Math.min(from + i * h, to))
    if (Number.isFinite(height)) sum += weight * height // cos of a right angle may be rounded to below 0
  }
  return (sum * h) / 3
}
