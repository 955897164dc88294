import {join} from 'node:path'
import type {Tokenizer as Core} from 'tokenizers'
import {readFields} from '../data/fields.ts'
import type {Fields} from '../data/record.ts'
import {withOlderList} from './added-tokens.ts'

/** The small files in a tokenizer's folder that name special tokens, by their text or by their id. */
const NAMED = ['tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json'] as const
const NUMBERED = ['generation_config.json'] as const

const ADDITIONAL = 'additional_special_tokens'

export interface SpecialIds {
  readonly bos?: number
  readonly eos?: number
  readonly pad?: number
}

/**
 * The fields of tokenizer_config.json. If they do not list the added tokens (`added_tokens_decoder`), special_tokens_map.json
 * overrides them, except that its additional special tokens are further ones, and added_tokens.json lists the tokens, as in
 * transformers.
 */
export async function readNames(folder: string): Promise<Fields> {
  const files = NAMED.map(name => join(folder, name))
  const [config, map, fields] = await Promise.all(files.map(readFields))
  if (config.added_tokens_decoder !== undefined) return config
  const lists = [config, map].map(fields => fields[ADDITIONAL])
  const names = {...config, ...map, ...(lists.every(Array.isArray) && {[ADDITIONAL]: lists.flat()})}
  return withOlderList({fields, file: files[2]}, {config: names, file: files[0]})
}

/** The small files of a folder that run hashes cover; added_tokens.json only if tokenizer_config.json does not list the added tokens. */
export async function smallFiles(folder: string): Promise<readonly string[]> {
  const {added_tokens_decoder: list} = await readFields(join(folder, 'tokenizer_config.json'))
  return [...NAMED.filter(name => list === undefined || name !== 'added_tokens.json'), ...NUMBERED]
}

export interface SpecialTokenSources {
  readonly folder: string
  /** The fields of tokenizer_config.json and special_tokens_map.json. */
  readonly config: Fields
  /** The special tokens of the tokenizer's class, by the keys of tokenizer_config.json. */
  readonly roles: Fields
}

/**
 * Reads the special tokens of a model's folder. The first of these that gives one counts: its name in the tokenizer's
 * files or in its class, then its id in generation_config.json or in config.json (the first of a list). A pad token
 * for which the model has no row (`vocab_size` of config.json) does not count.
 */
export async function readSpecialIds(core: Core, {folder, config, roles}: SpecialTokenSources): Promise<SpecialIds> {
  const numbered = await Promise.all([...NUMBERED, 'config.json'].map(name => readFields(join(folder, name))))
  const rows = Number(numbered[numbered.length - 1].vocab_size ?? Number.POSITIVE_INFINITY)

  const find = (role: 'bos' | 'eos' | 'pad') => {
    const hasRow = (id: number) => role !== 'pad' || id < rows
    for (const fields of [config, roles]) {
      const name = nameOf(fields, role)
      const id = name === undefined ? null : core.tokenToId(name)
      if (id !== null && hasRow(id)) return id
    }
    for (const fields of numbered) {
      const id = [fields[`${role}_token_id`]].flat()[0] // 2, or [2, 7]
      if (typeof id === 'number' && core.idToToken(id) !== null && hasRow(id)) return id
    }
  }
  return {bos: find('bos'), eos: find('eos'), pad: find('pad')}
}

/** The name of a special token: "</s>", or {"content": "</s>", …}. */
export function nameOf(fields: Fields, role: string): string | undefined {
  const entry = fields[`${role}_token`]
  const name = (entry as Fields | null | undefined)?.content ?? entry
  return typeof name === 'string' ? name : undefined
}
