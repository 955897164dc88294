import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {openTokenizer} from '../../../src/tokenizer/tokenizer.ts'
import {pretraining, tuning} from './suite.ts'
import {miniTokenizer} from './tokenizer.ts'

const folder = fileURLToPath(new URL('../../../models/deberta-mini', import.meta.url))
const tokenizer = await openTokenizer(folder)

test('the committed tokenizer is what the generator writes', () => {
  expect(JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'))).toEqual(miniTokenizer())
})

test('a word is a token, and a pair has its frame', async () => {
  const [{ids}] = await tokenizer.encodePairs([['Kate repaired the black dog.', 'the dog']])
  const pieces = '[CLS] ▁Kate ▁repaired ▁the ▁black ▁dog . [SEP] ▁the ▁dog [SEP]'
  expect(ids.map(id => tokenizer.piece(id)).join(' ')).toBe(pieces)
})

test('no sentence of the suite has an unknown token, or more than 40 tokens as a pair', async () => {
  const pairs = [...pretraining(2000), ...tuning('train'), ...tuning('dev')]
  const inputs = await tokenizer.encodePairs(pairs.map(({premise, hypothesis}) => [premise, hypothesis] as const))
  const pieces = new Set(inputs.flatMap(({ids}) => ids).map(id => tokenizer.piece(id)))
  expect(pieces).not.toContain('[UNK]')
  expect([...pieces].filter(piece => /^[A-Za-z]$/.test(piece!))).toEqual([]) // no word is split into letters
  expect(Math.max(...inputs.map(({ids}) => ids.length))).toBeLessThanOrEqual(40)
})
