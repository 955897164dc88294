import {join} from 'node:path'
import {readFields, readFieldsIfPresent} from '../data/fields.ts'

/** The keys that change the greedy outputs of transformers' `generate`, and their neutral values. */
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
  watermarking_config: null,
  token_healing: false,
}

/** The key that makes transformers search with beams where the recipe does not. */
const NO_BEAMS: Readonly<Record<string, unknown>> = {...GREEDY, num_beams: 1}

/** The keys that change those of beam search as well. */
const BEAMS: Readonly<Record<string, unknown>> = {...GREEDY, length_penalty: 1, early_stopping: false}

/**
 * Warns of the settings in a model's generation_config.json that svft ignores, as the published evaluations have none, although
 * they change outputs. Without that file, transformers takes them from config.json.
 */
export async function decodingWarnings(folder: string, {beams}: {readonly beams: number}): Promise<string[]> {
  const [own, model] = ['generation_config.json', 'config.json'].map(name => join(folder, name))
  const present = await readFieldsIfPresent(own)
  const file = present ? own : model
  const fields = present ?? (await readFields(model))
  const ignored = Object.entries(beams > 1 ? BEAMS : NO_BEAMS).flatMap(([key, neutral]) => {
    const value = fields[key] ?? neutral
    return value === neutral || (Array.isArray(value) && value.length === 0) ? [] : [key]
  })
  if (ignored.length === 0) return []
  return [`${file}: svft ignores ${ignored.join(', ')}; transformers' generate may write other outputs`]
}
