import {join} from 'node:path'
import {writeJson} from '../base/files.ts'
import {readFields, readFieldsIfPresent} from '../data/fields.ts'
import {completeTokens, specialToken} from './added-tokens.ts'
import {hasTokenizer, openCore} from './library.ts'
import {nameOf} from './special-tokens.ts'

/** The pad token that is added to a tokenizer without one. */
const PAD = '[PAD]'

/** The id that [PAD] would get; undefined if there is no tokenizer, or if it names a pad token or has a [PAD]. */
export async function newPadToken(folder: string): Promise<number | undefined> {
  if (!(await hasTokenizer(folder))) return undefined
  const {core, config, roles} = await openCore(folder)
  const hasPad = [config, roles].some(fields => nameOf(fields, 'pad') !== undefined)
  return !hasPad && core.tokenToId(PAD) === null ? core.getVocabSize(true) : undefined
}

/**
 * Adds the token [PAD] to the tokenizer.json of a folder, and names it as the pad token in tokenizer_config.json. The tokens
 * that the files beside tokenizer.json list or name are written before it, with the ids that they have.
 */
export async function addPadToken(folder: string, id: number): Promise<void> {
  const [file, settings] = ['tokenizer.json', 'tokenizer_config.json'].map(name => join(folder, name))
  const json = await readFieldsIfPresent(file)
  if (json === undefined) return
  const {core, config} = await openCore(folder)
  const {all} = completeTokens(json, {config, file: settings})
  const before = all.map(token => ({id: core.tokenToId(token.content), ...token}))
  await writeJson(file, {...json, added_tokens: [...before, {id, ...specialToken(PAD)}]})
  await writeJson(settings, {...(await readFields(settings)), pad_token: PAD})
}
