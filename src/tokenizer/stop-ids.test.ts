import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {addStopIds, readStopIds} from './stop-ids.ts'

let folder: string
beforeEach(() => {
  folder = openFolder()
})

const stops = (files: Readonly<Record<string, unknown>>, eos?: number) => {
  for (const [name, fields] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(fields))
  return readStopIds(folder, {eos, vocab: 100})
}

test.each([
  ['a list of generation_config.json', {'generation_config.json': {eos_token_id: [20, 2]}}, [2, 20]],
  ['one id of generation_config.json', {'generation_config.json': {eos_token_id: 20}}, [2, 20]],
  ['a list of config.json without that file', {'config.json': {eos_token_id: [3, 4]}}, [2, 3, 4]],
  [
    'generation_config.json alone if both exist',
    {'generation_config.json': {eos_token_id: 20}, 'config.json': {eos_token_id: 3}},
    [2, 20],
  ],
  [
    'the tokenizer alone if generation_config.json names none',
    {'generation_config.json': {eos_token_id: null}, 'config.json': {eos_token_id: 3}},
    [2],
  ],
  ['the tokenizer alone if neither file exists', {}, [2]],
])('the ids that end a generated text come from %s', async (_, files, ids) => {
  expect(await stops(files, 2)).toEqual(ids)
})

test('ids outside the vocabulary and repeated ids are left out', async () => {
  expect(await stops({'generation_config.json': {eos_token_id: [-1, 5, 99, 5, 100, 1e9]}})).toEqual([5, 99])
})

test('ids are added behind those of generation_config.json, or of config.json without that file', async () => {
  const file = join(folder, 'generation_config.json')
  writeFileSync(
    join(folder, 'config.json'),
    '{"bos_token_id": 1, "eos_token_id": [5, -1], "top_p": 0.9, "vocab_size": 9}',
  )
  await addStopIds(folder, [5])
  expect(existsSync(file)).toBe(false)
  await addStopIds(folder, [3, 5])
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({bos_token_id: 1, eos_token_id: [5, 3], top_p: 0.9})
  writeFileSync(file, '{"eos_token_id": [4], "top_k": 3}')
  await addStopIds(folder, [3])
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({eos_token_id: [4, 3], top_k: 3})
})

test.each([['"</s>"'], ['[2,"3"]'], ['2.5'], ['[[2]]'], ['true'], ['{"id":2}']])(
  'eos_token_id %s is a fault that names the file',
  async value => {
    const files = {'generation_config.json': {eos_token_id: JSON.parse(value)}}
    await expect(stops(files, 2)).rejects.toThrow(
      `${folder}/generation_config.json: eos_token_id must be a token id or a list of token ids, not ${value}`,
    )
  },
)
