import {join} from 'node:path'
import {readFields} from '../data/fields.ts'

/** The keys of generation_config.json that change the greedy outputs of transformers' `generate`, and their neutral values. */
const GREEDY: Readonly<Record<string, unknown>> = {
  repetition_penalty: 1,
  no_repeat_ngram_size: 0,
  encoder_repetition_penalty: 1,
  encoder_no_repeat_ngram_size: 0,
  min_length: 0,
  min_new_tokens: 0,
  guidance_scale: 1,
  bad_words_ids: null,
  suppress_tokens: null,
  begin_suppress_tokens: null,
  sequence_bias: null,
  forced_eos_token_id: null,
  exponential_decay_length_penalty: null,
  stop_strings: null,
}

/** The keys that change those of beam search as well. */
const BEAMS: Readonly<Record<string, unknown>> = {...GREEDY, length_penalty: 1, early_stopping: false}

/**
 * Warns of the settings in a model's generation_config.json that svft ignores, as the published evaluations have none, although
 * they change outputs.
 */
export async function decodingWarnings(folder: string, {beams}: {readonly beams: number}): Promise<string[]> {
  const file = join(folder, 'generation_config.json')
  const fields = await readFields(file)
  const ignored = Object.entries(beams > 1 ? BEAMS : GREEDY).flatMap(([key, neutral]) => {
    const value = fields[key] ?? neutral
    return value === neutral || (Array.isArray(value) && value.length === 0) ? [] : [key]
  })
  if (ignored.length === 0) return []
  return [`${file}: svft ignores ${ignored.join(', ')}; transformers' generate may write other outputs`]
}
