/** A share as it was written down: `value` in units of its last decimal, of which `whole` make 100 %. */
export interface WrittenShare {
  readonly value: number
  readonly whole: number
}

/** A score in percent as a share: `40.34` is 4,034 of 10,000 units. */
export function parseShare(printed: string): WrittenShare {
  const decimals = printed.split('.')[1]?.length ?? 0
  return {value: Number(printed.replace('.', '')), whole: 100 * 10 ** decimals}
}

/** How a share k/n was shortened to a written one: rounded, or else cut off. `impossible` if no whole k gives it. */
export type Shortening = 'rounded' | 'truncated' | 'impossible'

/**
 * Finds the whole number k of `items` whose share k/items was shortened to a written share, or the nearest k if there is
 * none. Halves may be rounded up or down. Exact for whole values: k/items is compared in units of 1/(items · whole).
 */
export function fitShare({value, whole}: WrittenShare, items: number): {shortening: Shortening; count: number} {
  const within = (count: number) => Math.min(Math.max(count, 0), items)
  const nearest = within(Math.round((value * items) / whole))
  if (2 * Math.abs(nearest * whole - value * items) <= items) return {shortening: 'rounded', count: nearest}
  const above = within(Math.ceil((value * items) / whole))
  const excess = above * whole - value * items
  const isTruncated = excess >= 0 && excess < items
  return isTruncated ? {shortening: 'truncated', count: above} : {shortening: 'impossible', count: nearest}
}

/** The probability that a written share drawn uniformly from 0 to 100 % is a rounded, or else a truncated, share of `items`. */
export function chanceOfFit(whole: number, items: number): {rounded: number; truncated: number} {
  const fits = Array.from({length: whole + 1}, (_, value) => fitShare({value, whole}, items).shortening)
  const share = (one: Shortening) => fits.filter(fit => fit === one).length / fits.length
  return {rounded: share('rounded'), truncated: share('truncated')}
}
