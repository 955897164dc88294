import {hasTokenizer, openCore} from './library.ts'
import {readSpecialIds} from './special-tokens.ts'

/** What a pad token is called that a tokenizer has not had. */
export const PAD = '[PAD]'

/** The id that [PAD] would get; undefined where there is no tokenizer, where it has a pad token, or a [PAD] already. */
export async function newPadToken(folder: string): Promise<number | undefined> {
  if (!(await hasTokenizer(folder))) return undefined
  const {core, roles} = await openCore(folder)
  const {pad} = await readSpecialIds(core, {folder, roles})
  return pad === undefined && core.tokenToId(PAD) === null ? core.getVocabSize(true) : undefined
}
