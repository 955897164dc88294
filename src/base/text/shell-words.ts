/** Quotes a word so that a POSIX shell parses it back to the same text. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** The words that pass overrides to a command. */
export const setWords = (set: readonly string[]): readonly string[] => set.flatMap(one => ['--set', one])

export const shellWords = (words: readonly string[]): string => words.map(shellWord).join(' ')

/** The command that downloads what recipes with these overrides need. */
export const fetchCommand = (files: readonly string[], set: readonly string[] = []): string =>
  shellWords(['svft', 'fetch', ...files, ...setWords(set)])
