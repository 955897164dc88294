import {setWords, shellWords} from '../../base/text/shell-words.ts'

/** The command that downloads what recipes with these overrides need. */
export const fetchCommand = (files: readonly string[], set: readonly string[] = []): string =>
  shellWords(['svft', 'fetch', ...files, ...setWords(set)])
