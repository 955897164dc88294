import {join} from 'node:path'
import {type Tokenizer as Core, templateProcessing} from 'tokenizers'
import {Fault} from '../base/fault.ts'
import {parseObject} from '../base/json.ts'
import {readText, SMALL_FILE} from '../base/read-file.ts'
import type {Fields} from '../data/record.ts'

/** The small files in a tokenizer's folder that name special tokens, by their text or by their id. */
const NAMED = ['tokenizer_config.json', 'special_tokens_map.json'] as const
const NUMBERED = ['generation_config.json'] as const
export const SMALL_FILES = [...NAMED, ...NUMBERED] as const

export interface SpecialIds {
  readonly bos?: number
  readonly eos?: number
  readonly pad?: number
}

/** The sources of special tokens. */
export interface SpecialTokenSources {
  readonly folder: string
  /** The special tokens of the tokenizer's class, by the keys of tokenizer_config.json. */
  readonly roles: Fields
}

/**
 * Reads the special tokens of a model's folder. The first of these that gives one counts: its name in
 * tokenizer_config.json, in special_tokens_map.json or in the tokenizer's class, then its id in generation_config.json or
 * in config.json (the first of a list). A token that is not in the vocabulary does not count.
 */
export async function readSpecialIds(core: Core, {folder, roles}: SpecialTokenSources): Promise<SpecialIds> {
  const read = (name: string) => readFields(join(folder, name))
  const named = await Promise.all(NAMED.map(read))
  const numbered = await Promise.all([...NUMBERED, 'config.json'].map(read))

  const find = (role: 'bos' | 'eos' | 'pad') => {
    for (const fields of [...named, roles]) {
      const entry = fields[`${role}_token`] // "</s>", or {"content": "</s>", …}
      const name = (entry as Fields | undefined)?.content ?? entry
      const id = typeof name === 'string' ? core.tokenToId(name) : null
      if (id !== null) return id
    }
    for (const fields of numbered) {
      const id = [fields[`${role}_token_id`]].flat()[0] // 2, or [2, 7]
      if (typeof id === 'number' && core.idToToken(id) !== null) return id
    }
  }
  return {bos: find('bos'), eos: find('eos'), pad: find('pad')}
}

/**
 * Adds bos and eos as `add_bos_token` and `add_eos_token` in tokenizer_config.json demand. They override tokenizer.json, as
 * in transformers' LlamaTokenizerFast, GemmaTokenizerFast and GPTNeoXTokenizerFast.
 */
export async function putSpecialTokens(core: Core, folder: string, {bos, eos}: SpecialIds): Promise<void> {
  const file = join(folder, 'tokenizer_config.json')
  const config = await readFields(file)
  const around = (await core.encode('', null, {addSpecialTokens: true})).getIds()
  const added = {
    bos: bos !== undefined && around[0] === bos,
    eos: eos !== undefined && around.at(-1) === eos && (eos !== bos || around.length > 1),
  }
  const isNeeded = (role: 'bos' | 'eos', id: number | undefined) => {
    const flag = config[`add_${role}_token`]
    if (typeof flag !== 'boolean') return added[role]
    if (flag && id === undefined)
      throw new Fault('input', `${file}: add_${role}_token is set, but there is no ${role}_token`)
    return flag
  }
  const needed = {bos: isNeeded('bos', bos), eos: isNeeded('eos', eos)}
  if (needed.bos === added.bos && needed.eos === added.eos) return

  const pieceOf = (id: number | undefined) => (id === undefined ? null : core.idToToken(id)) ?? []
  const first = [needed.bos ? pieceOf(bos) : []].flat()
  const last = [needed.eos ? pieceOf(eos) : []].flat()
  const whole = (text: string, type: number) => [...first, text, ...last].map(piece => `${piece}:${type}`).join(' ')
  const pieces = [...new Set([...first, ...last])].map((piece): [string, number] => [piece, core.tokenToId(piece) ?? 0])
  core.setPostProcessor(templateProcessing(whole('$A', 0), `${whole('$A', 0)} ${whole('$B', 1)}`, pieces))
}

/** The fields of a JSON file; none if there is no such file. */
export const readFields = async (file: string): Promise<Fields> => (await readFieldsIfPresent(file)) ?? {}

export async function readFieldsIfPresent(file: string): Promise<Fields | undefined> {
  const text = await readText(file, {most: SMALL_FILE})
  return text === undefined ? undefined : parseObject(text, file)
}
