/** A logarithmic axis from `low` to `high` over pixels. */
export interface Axis {
  readonly low: number
  readonly high: number
  readonly ticks: readonly number[]
  /** Pixels from the axis' beginning. */
  at(value: number): number
}

/** 1, 2 and 5 of every power of ten, or powers alone where there would be too many. */
export function logAxis(values: readonly number[], length: number): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const room = Math.max(most / least, 10) ** 0.08
  const [low, high] = [least / room, most * room ** 2] // the names of marks stand to their right
  const powers = Array.from({length: 40}, (_, i) => 10 ** (i - 10))
  const fine = powers.flatMap(power => [power, 2 * power, 5 * power])
  const shown = (ticks: readonly number[]) => ticks.filter(tick => tick >= low && tick <= high)
  const ticks = shown(fine).length <= 9 ? shown(fine) : shown(powers)
  return {low, high, ticks, at: value => (Math.log(value / low) / Math.log(high / low)) * length}
}

/** A linear axis with a few round ticks; a little wider than the values. */
export function linearAxis(values: readonly number[], length: number): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const room = Math.max(most - least, 1e-6) * 0.06
  const [low, high] = [least - room, most + room]
  const step = roundStep((high - low) / 6)
  const first = Math.ceil(low / step)
  const count = Math.floor(high / step) - first + 1
  const ticks = Array.from({length: count}, (_, i) => Number(((first + i) * step).toPrecision(12)))
  return {low, high, ticks, at: value => ((value - low) / (high - low)) * length}
}

/** The least of 1, 2, 5 × 10^k that is not below. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return [1, 2, 5, 10].map(times => times * power).find(step => step >= least)!
}
