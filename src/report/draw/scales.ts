/** An axis from `low` to `high` over pixels. */
export interface Axis {
  readonly type: 'log' | 'linear'
  readonly low: number
  readonly high: number
  readonly ticks: readonly number[]
  /** The position of a value, in pixels from the start of the axis. */
  at(value: number): number
}

/** How an axis of scores shows them: × 100, or as the perplexities whose inverses they are. */
export type ScoreUnit = 'percent' | 'perplexity'

/** The length of an axis in pixels, with margins below the smallest value and above the largest. */
interface AxisMargin {
  readonly length: number
  readonly below: number
  readonly above: number
}

/** The multiples of each power of ten that get a tick: all, 1, 2 and 5, or 1 alone, by the number of ticks. */
const ROUND = [
  {most: 6, values: roundValues([1, 2, 3, 4, 5, 6, 7, 8, 9])},
  {most: 9, values: roundValues([1, 2, 5])},
  {most: Number.POSITIVE_INFINITY, values: roundValues([1])},
]

/** The fewest ticks at round values; instead of fewer, there are ticks at even steps. */
const FEWEST = 3

export function logAxis(values: readonly number[], {length, below, above}: AxisMargin): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const perPixel = Math.log(Math.max(most / least, 2)) / (length - below - above)
  const [low, high] = [least / Math.exp(below * perPixel), most * Math.exp(above * perPixel)]
  const [ticks] = ROUND.flatMap(({most, values}) => {
    const shown = values.filter(tick => tick >= low && tick <= high)
    return shown.length <= most ? [shown] : []
  })
  return {
    type: 'log',
    low,
    high,
    ticks: ticks.length >= FEWEST ? ticks : steps(low, high),
    at: value => (Math.log(value / low) / Math.log(high / low)) * length,
  }
}

/** Multiples of the powers of ten from 10⁻¹⁰ to 10²⁹. */
function roundValues(multiples: readonly number[]): readonly number[] {
  const powers = Array.from({length: 40}, (_, i) => 10 ** (i - 10))
  return powers.flatMap(power => multiples.map(multiple => Number((multiple * power).toPrecision(1))))
}

/** A linear axis from `low` to `high` over pixels, with round ticks. */
export function linearAxis(values: readonly number[], {length, below, above}: AxisMargin): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const perPixel = Math.max(most - least, 1e-6) / (length - below - above)
  const [low, high] = [least - below * perPixel, most + above * perPixel]
  return {type: 'linear', low, high, ticks: steps(low, high), at: value => ((value - low) / (high - low)) * length}
}

/** Ticks for an axis of inverses, like 1 / perplexity, at values whose inverses are round and that stand apart. */
export function inverseTicks({low, high}: Axis): number[] {
  const [least, most] = [1 / high, low > 0 ? 1 / low : Number.POSITIVE_INFINITY]
  const ticks: number[] = []
  for (const value of ROUND[0].values.filter(value => value >= least && value <= most)) {
    const before = ticks.at(-1) ?? Number.POSITIVE_INFINITY
    if (before - 1 / value >= (high - low) / 12) ticks.push(1 / value)
  }
  return ticks.length >= FEWEST ? ticks : steps(least, most).map(value => 1 / value)
}

/** Round values at even steps. */
function steps(low: number, high: number): number[] {
  const step = roundStep((high - low) / 8)
  const first = Math.ceil(low / step)
  const count = Math.floor(high / step) - first + 1
  return Array.from({length: count}, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** The smallest of 1, 2, 5 × 10^k that is at least `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return [1, 2, 5].map(times => times * power).find(step => step >= least) ?? 10 * power
}
