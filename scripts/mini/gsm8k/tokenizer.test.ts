import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {gsm8k} from '../../../src/tasks/gsm8k.ts'
import {openTokenizer} from '../../../src/tokenizer/tokenizer.ts'
import {miniTokenizer} from './tokenizer.ts'

const folder = fileURLToPath(new URL('../../../models/llama-mini', import.meta.url))
const train = fileURLToPath(new URL('../../../configs/gsm8k/mini/data/train.jsonl', import.meta.url))
const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))

const tokenizer = await openTokenizer(folder)
const examples = await gsm8k.readTraining(train)

test('the committed tokenizer is what the generator writes', () => {
  expect(json('tokenizer.json')).toEqual(miniTokenizer())
})

test('the model has a row for every token and knows the special ones', () => {
  const config = json('config.json')
  expect(tokenizer).toMatchObject({vocab: 512, pad: 0, bos: 1, eos: 2})
  expect(config).toMatchObject({vocab_size: 512, pad_token_id: 0, bos_token_id: 1, eos_token_id: 2})
  expect(json('generation_config.json')).toEqual({pad_token_id: 0, bos_token_id: 1, eos_token_id: 2})
  expect(Array.from({length: 512}, (_, id) => tokenizer.piece(id))).not.toContain(undefined)
})

test('digits stand alone, whatever is around them', async () => {
  const pieces = (await tokenizer.encode('has 120 pens. 12+5=17.')).map(id => tokenizer.piece(id)!)
  expect(pieces.filter(piece => /\d/.test(piece))).toEqual([...'12012517'])
})

test('a prompt is its story between two tokens, a test begins the answer with one', async () => {
  const question = 'Mia has 2 pens.'
  const [{prompt}] = examples
  const inner = await tokenizer.encode(question)
  const frame = await tokenizer.encode(prompt.replace(/(?<=Instruction:\n).*/, question))
  expect(frame.slice(1, -1)).toEqual(inner)
  expect(await tokenizer.encode(" Let's think step by step.")).toHaveLength(1)
  expect(await tokenizer.encode(' The answer is: ')).toHaveLength(1)
})

test('text comes back as it was, the frame included, bytes beyond ASCII too', async () => {
  for (const text of [examples[0].prompt + examples[0].target, 'Zażółć  gęślą\n\t12', '']) {
    expect(tokenizer.decode(await tokenizer.encode(text))).toBe(text)
  }
  expect(tokenizer.decode(await tokenizer.encode('<s>12</s><pad>'))).toBe('12')
})

test('a training story takes 67 tokens on average and 96 at most', async () => {
  const {examples: encoded, warnings} = await gsm8k.encode(tokenizer, examples, 96)
  expect(warnings).toEqual([])
  expect(encoded.every(({ids}) => ids.at(-1) === tokenizer.eos)).toBe(true) // none is truncated
  expect(encoded.reduce((sum, {ids}) => sum + ids.length, 0) / encoded.length).toBeCloseTo(67, 0)
})
