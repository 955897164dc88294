/** `1 file`, `2 files`. */
export const pluralize = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

/** A count with commas: `58,940`. */
export const formatCount = (count: number): string => count.toLocaleString('en')
