import {criticalT} from './student.ts'

export interface Judging {
  /** Seeds of the reference, and new ones. */
  readonly reference: number
  readonly fresh: number
  /** Of this one comparison. */
  readonly alpha: number
}

/**
 * How likely `judgeScores` calls a mean fallen that has fallen by `shift` standard deviations of single seeds: the
 * tail of the noncentral t distribution, integrated over what the reference's standard deviation may come out as.
 */
export function power(shift: number, {reference, fresh, alpha}: Judging): number {
  const df = reference - 1
  const critical = criticalT(2 * alpha, df)
  const moved = shift / Math.sqrt(1 / reference + 1 / fresh)
  const end = 1 + 8 / Math.sqrt(2 * df)
  let whole = 0
  let found = 0
  for (let i = 1; i < PLACES; i++) {
    const s = (end * i) / PLACES // the measured standard deviation over the true one: √(χ² / df)
    const height = Math.exp((df - 1) * Math.log(s) - (df * (s * s - 1)) / 2)
    whole += height
    found += height * normalBelow(moved - critical * s)
  }
  return found / whole
}

const PLACES = 400

/** Abramowitz and Stegun 1964, 26.2.17: right to 7 digits. */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
  return z > 0 ? 1 - tail : tail
}
