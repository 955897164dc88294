import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {decodingWarnings} from './decoding-warnings.ts'

const folder = openFolder()
const warnings = async (fields: object, beams = 1) => {
  await writeFile(join(folder, 'generation_config.json'), JSON.stringify(fields))
  return decodingWarnings(folder, {beams})
}
const ignores = (keys: string) => [
  `${join(folder, 'generation_config.json')}: svft ignores ${keys}; transformers' generate may write other outputs`,
]

test('settings of generation_config.json that change greedy outputs are warned of once, by their keys', async () => {
  const fields = {
    eos_token_id: 2,
    repetition_penalty: 1.05,
    encoder_repetition_penalty: 1.2,
    encoder_no_repeat_ngram_size: 3,
    suppress_tokens: [7],
    forced_eos_token_id: 0,
    min_new_tokens: 5,
  }
  expect(await warnings(fields)).toEqual(
    ignores(
      'repetition_penalty, encoder_repetition_penalty, encoder_no_repeat_ngram_size, min_new_tokens, suppress_tokens, forced_eos_token_id',
    ),
  )
})

test('settings of beams are warned of with beams only', async () => {
  const fields = {length_penalty: 0.6, early_stopping: true}
  expect(await warnings(fields)).toEqual([])
  expect(await warnings(fields, 4)).toEqual(ignores('length_penalty, early_stopping'))
})

test('neither settings of sampling nor neutral values are warned of', async () => {
  const neutral = {
    repetition_penalty: 1.0,
    length_penalty: 1.0,
    early_stopping: false,
    suppress_tokens: [],
    bad_words_ids: null,
  }
  expect(await warnings({...neutral, do_sample: true, temperature: 0.6, top_p: 0.9, max_length: 4096}, 4)).toEqual([])
  expect(await decodingWarnings(join(folder, 'none'), {beams: 4})).toEqual([])
})

test('without generation_config.json, the settings of config.json are warned of', async () => {
  const model = openFolder()
  await writeFile(join(model, 'config.json'), JSON.stringify({hidden_size: 8, repetition_penalty: 1.3, num_beams: 4}))
  const [warning] = await decodingWarnings(model, {beams: 1})
  expect(warning).toBe(
    `${join(model, 'config.json')}: svft ignores repetition_penalty, num_beams; transformers' generate may write other outputs`,
  )
  expect((await decodingWarnings(model, {beams: 2}))[0]).toContain('svft ignores repetition_penalty;')
  await writeFile(join(model, 'generation_config.json'), '{}')
  expect(await decodingWarnings(model, {beams: 1})).toEqual([])
})

test('watermarks and token healing are warned of', async () => {
  expect(await warnings({watermarking_config: {bias: 2}, token_healing: true})).toEqual(
    ignores('watermarking_config, token_healing'),
  )
})
