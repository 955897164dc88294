export interface SweepProgress {
  /** The work of all cells, and the work that is done. */
  readonly all: number
  readonly done: number
  /** The work that was done before this sweep began. */
  readonly before: number
  /** The planned seconds of the sweep. */
  readonly planned: number | undefined
  /** Seconds since the first cell began to work. */
  readonly elapsed: number
}

/**
 * Seconds left of a sweep: the pace of the plan, corrected more and more by the measured pace. The plan weighs as much as
 * a tenth of the planned seconds of measured work, between 20 s and 5 min.
 */
export function sweepSecondsLeft({all, done, before, planned, elapsed}: SweepProgress): number | undefined {
  const left = all - done
  if (left <= 0) return undefined
  const measured = Math.max(0, done - before)
  if (planned === undefined) return measured > 0 && elapsed > 5 ? (left * elapsed) / measured : undefined
  const pace = planned / all
  const weight = Math.min(300, Math.max(20, planned / 10))
  return (left * pace * (elapsed + weight)) / (measured * pace + weight)
}
