import {normalAbove} from './normal.ts'
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
    found += height * normalAbove(critical * s - moved)
  }
  return found / whole
}

const PLACES = 400
