/** Quotes a word so that a POSIX shell parses it back to the same text. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

export const shellWords = (words: readonly string[]): string => words.map(shellWord).join(' ')
