/** How a printed number came from an exact one. */
export type Printing = 'rounded' | 'truncated' | 'rounded twice'

const UNITS: Readonly<Record<string, number>> = {'': 1, K: 1e3, M: 1e6, B: 1e9}

/**
 * How `count` became `printed` (`1.19M`, `24.6K`), with as many decimals as are printed: rounded, cut off, or rounded to
 * one decimal more and then again. Undefined where no way leads there.
 */
export function howPrinted(count: number, printed: string): Printing | undefined {
  const {digits, unit} = parts(printed)
  if (round(count, unit) === digits) return 'rounded'
  if (Math.floor(count / unit) === digits) return 'truncated'
  if (round(round(count, unit / 10), 10) === digits) return 'rounded twice'
  return undefined
}

/** `count` rounded to the unit and the decimals of `printed`. */
export function printedLike(count: number, printed: string): string {
  const {unit, letter, decimals} = parts(printed)
  return `${(round(count, unit) / 10 ** decimals).toFixed(decimals)}${letter}`
}

/** What is printed as `1.19M`: 1,190,000. */
export function printedCount(printed: string): number {
  const {digits, unit} = parts(printed)
  return digits * unit
}

/** `1.19M` is 119 in units of 10,000. */
function parts(printed: string) {
  const [, whole, fraction = '', letter] = /^(\d+)(?:\.(\d+))?([KMB]?)$/.exec(printed) ?? []
  if (whole === undefined) throw new Error(`not a printed count: ${printed}`)
  const decimals = fraction.length
  return {digits: Number(whole + fraction), unit: UNITS[letter] / 10 ** decimals, letter, decimals}
}

/** Halves go up; all numbers here are whole, so this is exact. */
const round = (count: number, unit: number) => Math.floor((2 * count + unit) / (2 * unit))
