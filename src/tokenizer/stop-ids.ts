import {join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {parseObject} from '../base/json.ts'
import {SMALL_FILE} from '../base/read-file.ts'
import {readText} from '../base/read-text.ts'
import type {Fields} from '../data/record.ts'
import {readFields} from './special-tokens.ts'

export interface StopIdsOptions {
  /** The tokenizer's eos, with which every training target ends. */
  readonly eos: number | undefined
  /** How many ids the model can generate. */
  readonly vocab: number
}

/**
 * The ids that end a generated text, in rising order: the tokenizer's eos, and the `eos_token_id`, one or a list, of the model's
 * generation_config.json or, where that file is absent, of config.json, as transformers' `generate` reads them. Ids that
 * the model cannot generate are left out. Throws a Fault where the value is neither an id nor a list of ids.
 */
export async function readStopIds(folder: string, {eos, vocab}: StopIdsOptions): Promise<readonly number[]> {
  const own = await readEosIds(folder)
  const ids = [...(eos === undefined ? [] : [eos]), ...own]
  return [...new Set(ids)].filter(id => id >= 0 && id < vocab).sort((a, b) => a - b)
}

async function readEosIds(folder: string): Promise<readonly number[]> {
  const generation = join(folder, 'generation_config.json')
  const text = await readText(generation, {most: SMALL_FILE})
  if (text !== undefined) return eosIds(parseObject(text, generation), generation)
  const config = join(folder, 'config.json')
  return eosIds(await readFields(config), config)
}

function eosIds({eos_token_id: value}: Fields, file: string): readonly number[] {
  const ids: readonly unknown[] = [value ?? []].flat()
  const isId = (id: unknown): id is number => Number.isSafeInteger(id)
  if (ids.every(isId)) return ids
  const found = JSON.stringify(value).slice(0, 80)
  throw new Fault('input', `${file}: eos_token_id must be a token id or a list of token ids, not ${found}`)
}
