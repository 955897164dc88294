/** Quotes a word so that a POSIX shell parses it back to the same text. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** The words that pass overrides to a command. */
export const setWords = (set: readonly string[]): readonly string[] => set.flatMap(one => ['--set', one])

export const shellWords = (words: readonly string[]): string => words.map(shellWord).join(' ')
