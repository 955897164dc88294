/** How an exact count was shortened to the printed one. */
export type Printing = 'rounded' | 'truncated' | 'rounded twice'

const UNITS: Readonly<Record<string, number>> = {'': 1, K: 1e3, M: 1e6, B: 1e9}

/**
 * How `count` was shortened to `printed` (`1.19M`, `24.6K`): rounded or truncated to its decimals, or rounded to one more
 * decimal first. Undefined if none of these gives `printed`.
 */
export function howPrinted(count: number, printed: string): Printing | undefined {
  const {digits, unit} = parsePrinted(printed)
  if (round(count, unit) === digits) return 'rounded'
  if (Math.floor(count / unit) === digits) return 'truncated'
  if (round(round(count, unit / 10), 10) === digits) return 'rounded twice'
  return undefined
}

/** `count` rounded to the unit and decimals of `printed`: `0.60M`. */
export function printedLike(count: number, printed: string): string {
  const {unit, letter, decimals} = parsePrinted(printed)
  return `${(round(count, unit) / 10 ** decimals).toFixed(decimals)}${letter}`
}

/** The value of a printed count: 1,190,000 for `1.19M`. */
export function printedCount(printed: string): number {
  const {digits, unit} = parsePrinted(printed)
  return digits * unit
}

/** Splits a printed count: `1.19M` is 119 units of 10,000. */
function parsePrinted(printed: string) {
  const [, whole, fraction = '', letter] = /^(\d+)(?:\.(\d+))?([KMB]?)$/.exec(printed) ?? []
  if (whole === undefined) throw new Error(`not a printed count: ${printed}`)
  const decimals = fraction.length
  return {digits: Number(whole + fraction), unit: UNITS[letter] / 10 ** decimals, letter, decimals}
}

/** Rounds halves up; all values are integers, so this is exact. */
const round = (count: number, unit: number) => Math.floor((2 * count + unit) / (2 * unit))
