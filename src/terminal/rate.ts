const WINDOW = 30

/** The last 30 samples of a count. */
export interface Rate {
  readonly samples: readonly {readonly count: number; readonly ms: number}[]
}

export const EMPTY_RATE: Rate = {samples: []}

/** The rate after `count` was reached at `ms`. A count that went back starts afresh. */
export function addSample({samples}: Rate, count: number, ms: number): Rate {
  const last = samples.at(-1)
  const earlier = last && count < last.count ? [] : samples.slice(-WINDOW + 1)
  return {samples: [...earlier, {count, ms}]}
}

/** Seconds until the count reaches `total`; undefined until the rate is known. */
export function secondsLeft({samples}: Rate, total: number): number | undefined {
  const first = samples[0]
  const last = samples.at(-1)
  if (!first || !last || last.count <= first.count || last.ms <= first.ms) return undefined
  return (Math.max(0, total - last.count) * (last.ms - first.ms)) / (last.count - first.count) / 1000
}

/** `42s`, `3m07s`, `2h05m`, `3d04h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0')
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h${two((whole % 3600) / 60)}m`
  return `${Math.floor(whole / 86_400)}d${two((whole % 86_400) / 3600)}h`
}

/** The age of something in its largest unit: `42s`, `3m`, `2h`, `15d`. */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m`
  return whole < 86_400 ? `${Math.floor(whole / 3600)}h` : `${Math.floor(whole / 86_400)}d`
}

/** A rate of floating-point operations: `9.5 GFLOP/s`, `264 GFLOP/s`. */
export function formatRate(flopsPerSecond: number): string {
  const rate = flopsPerSecond / 1e9
  return `${rate < 10 ? rate.toPrecision(2) : rate.toFixed(0)} GFLOP/s`
}
