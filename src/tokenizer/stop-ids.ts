import {join} from 'node:path'
import {compact} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {writeJson} from '../base/files.ts'
import {isInteger} from '../base/json.ts'
import {quote} from '../base/printable.ts'
import {readFields, readFieldsIfPresent} from '../data/fields.ts'
import type {Fields} from '../data/record.ts'

export interface StopIdsOptions {
  /** The tokenizer's eos, which ends every training target. */
  readonly eos: number | undefined
  /** The number of ids that the model can generate. */
  readonly vocab: number
}

/**
 * The ids that end a generated text, in rising order: the tokenizer's eos, and the `eos_token_id`, one or a list, of the
 * model's generation_config.json or, without that file, of config.json, as transformers' `generate` reads them. Ids that
 * the model cannot generate are left out.
 *
 * @throws Fault 'input' if the value is neither an id nor a list of ids
 */
export async function readStopIds(folder: string, {eos, vocab}: StopIdsOptions): Promise<readonly number[]> {
  const {own} = await readGeneration(folder)
  const ids = compact([eos, ...own])
  return [...new Set(ids)].filter(id => id >= 0 && id < vocab).sort((a, b) => a - b)
}

/** Adds ids to those at which transformers' `generate` ends a text of the model in a folder, in its generation_config.json. */
export async function addStopIds(folder: string, ids: readonly number[]): Promise<void> {
  const {file, fields, own} = await readGeneration(folder)
  const all = [...new Set([...own.filter(id => id >= 0), ...ids])] // the first stays the eos, where the tokenizer names none
  if (ids.some(id => !own.includes(id))) await writeJson(file, {...fields, eos_token_id: all})
}

/** The fields of generation_config.json, and its `eos_token_id`; without that file, those that `generate` takes from config.json. */
async function readGeneration(folder: string) {
  const [file, model] = ['generation_config.json', 'config.json'].map(name => join(folder, name))
  const present = await readFieldsIfPresent(file)
  if (present) return {file, fields: present, own: eosIds(present, file)}
  const config = await readFields(model)
  const fields = Object.fromEntries(GENERATION_KEYS.filter(key => key in config).map(key => [key, config[key]]))
  return {file, fields, own: eosIds(config, model)}
}

/** The common ones of the keys of config.json that transformers' `generate` reads where there is no generation_config.json. */
const GENERATION_KEYS = [
  'bos_token_id',
  'pad_token_id',
  'decoder_start_token_id',
  'do_sample',
  'temperature',
  'top_k',
  'top_p',
  'min_p',
  'typical_p',
  'num_beams',
  'length_penalty',
  'repetition_penalty',
  'no_repeat_ngram_size',
  'max_length',
  'min_length',
  'early_stopping',
  'forced_bos_token_id',
  'forced_eos_token_id',
  'suppress_tokens',
  'begin_suppress_tokens',
  'bad_words_ids',
  'use_cache',
]

function eosIds({eos_token_id: value}: Fields, file: string): readonly number[] {
  const ids: readonly unknown[] = [value ?? []].flat()
  if (ids.every(isInteger)) return ids
  throw new Fault('input', `${file}: eos_token_id must be a token id or a list of token ids, not ${quote(value)}`)
}
