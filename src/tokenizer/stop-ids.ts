import {join} from 'node:path'
import {Fault} from '../base/fault.ts'
import type {Fields} from '../data/record.ts'
import {readFields, readFieldsIfPresent} from './special-tokens.ts'

export interface StopIdsOptions {
  /** The tokenizer's eos, which ends every training target. */
  readonly eos: number | undefined
  /** The number of ids that the model can generate. */
  readonly vocab: number
}

/**
 * The ids that end a generated text, in rising order: the tokenizer's eos, and the `eos_token_id`, one or a list, of the
 * model's generation_config.json or, without that file, of config.json, as transformers' `generate` reads them. Ids that
 * the model cannot generate are left out. Throws a Fault if the value is neither an id nor a list of ids.
 */
export async function readStopIds(folder: string, {eos, vocab}: StopIdsOptions): Promise<readonly number[]> {
  const [generation, config] = ['generation_config.json', 'config.json'].map(name => join(folder, name))
  const fields = await readFieldsIfPresent(generation)
  const own = fields ? eosIds(fields, generation) : eosIds(await readFields(config), config)
  const ids = [...(eos === undefined ? [] : [eos]), ...own]
  return [...new Set(ids)].filter(id => id >= 0 && id < vocab).sort((a, b) => a - b)
}

function eosIds({eos_token_id: value}: Fields, file: string): readonly number[] {
  const ids: readonly unknown[] = [value ?? []].flat()
  const isId = (id: unknown): id is number => Number.isSafeInteger(id)
  if (ids.every(isId)) return ids
  const found = JSON.stringify(value).slice(0, 80)
  throw new Fault('input', `${file}: eos_token_id must be a token id or a list of token ids, not ${found}`)
}
