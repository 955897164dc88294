/** A word as a POSIX shell reads it back, whatever is in it. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

export const shellWords = (words: readonly string[]): string => words.map(shellWord).join(' ')
