import type {Unit} from './contender.ts'
import {best, type Outcome} from './rounds.ts'

export interface Finding {
  readonly what: string
  readonly ratio: number
  /** The numbers behind the ratio. */
  readonly figures: string
  /** The largest share of the machine that other processes used during the counted units. */
  readonly foreign?: number | undefined
}

export interface Result {
  readonly findings: readonly Finding[]
  readonly outcomes: readonly Outcome[]
}

/** The ratio of two contenders' best step times or peak memories. */
export function ratioOf(a: Outcome, b: Outcome, of: 'time' | 'memory'): Finding {
  const what = `${a.name} / ${b.name}: ${of === 'time' ? 'time' : 'peak memory'}`
  if (of === 'memory') {
    const [x, y] = [peak(a), peak(b)]
    return {what, ratio: x / y, figures: `${mega(x)} and ${mega(y)}`}
  }
  const [x, y] = [best(a), best(b)]
  const figures = `${x.seconds.toFixed(3)} and ${y.seconds.toFixed(3)} s`
  return {what, ratio: x.seconds / y.seconds, figures, foreign: foreign(x, y)}
}

/** Returns the peak memory since the end of the warm-up. */
export const peak = ({about}: Outcome) => Number(about.steadyPeakBytes)

/** Returns the largest share of the machine that other processes used during these units. */
export function foreign(...units: readonly Unit[]): number | undefined {
  const shares = units.flatMap(unit => unit.foreign ?? [])
  return shares.length ? Math.max(...shares) : undefined
}

export const mega = (bytes: number) => `${Math.round(bytes / 1e6)} MB`

export const giga = (number: number, digits = 0) => (number / 1e9).toFixed(digits)
