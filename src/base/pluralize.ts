/** `1 file`, `2 files`. */
export const pluralize = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

/** `both trials`, `all 3 trials`, for at least two. */
export const allOf = (n: number, noun: string): string => (n === 2 ? `both ${noun}s` : `all ${n} ${noun}s`)

/** `1 of 9 texts is`, `2 of 9 texts are`. */
export const someAre = (n: number, total: number, noun: string): string =>
  `${n} of ${pluralize(total, noun)} ${n === 1 ? 'is' : 'are'}`

/** A count with commas: `58,940`. */
export const formatCount = (count: number): string => count.toLocaleString('en')

/** The first `most` of some texts, and the number of the others: `a, b and 3 more`. */
export function listSome(texts: readonly string[], most: number): string {
  const more = texts.length - most
  return `${texts.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
