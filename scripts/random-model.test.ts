import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {openModel} from '../src/models/open-model.ts'
import {openTokenizer} from '../src/tokenizer/tokenizer.ts'
import {openCheckpoint} from '../src/weights/checkpoint.ts'
import {readFloats} from '../src/weights/safetensors.ts'
import {pairTokenizer} from './pair-tokenizer.ts'
import {writeRandomModel} from './random-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'svft-'))
afterAll(() => rmSync(folder, {recursive: true}))

test('a model of a config has its tensors in bfloat16, with its deviation, and as many tokens', async () => {
  await writeRandomModel(join(import.meta.dirname, '../models/llama-mini'), folder)
  const {config, tensors} = await openCheckpoint(folder)
  for (const [name, shape] of Object.entries(openModel(config).shapes))
    expect(tensors[name], name).toMatchObject({dtype: 'bfloat16', shape})
  const embedding = await readFloats(tensors['model.embed_tokens.weight'])
  expect(Math.sqrt(embedding.reduce((sum, x) => sum + x * x, 0) / embedding.length)).toBeCloseTo(0.02, 3)
  const gains = await readFloats(tensors['model.norm.weight'])
  expect(new Set(gains)).toEqual(new Set([1]))

  const tokenizer = await openTokenizer(folder)
  expect(tokenizer.vocab).toBe(config.vocab_size)
  expect(tokenizer.eos).toBe(config.eos_token_id)
})

test('a model of images has its processor and no tokenizer', async () => {
  const out = join(folder, 'vit')
  await writeRandomModel(join(import.meta.dirname, '../models/vit-mini'), out)
  expect(readdirSync(out).sort()).toEqual(['config.json', 'model.safetensors', 'preprocessor_config.json'])
})

test('a tokenizer of 100,000 tokens has each once, with every merge among them', () => {
  const {model, added_tokens} = pairTokenizer(100_000, {'<pad>': 0, '<eos>': 99_999})
  expect(Object.keys(model.vocab)).toHaveLength(100_000)
  expect(Object.values(model.vocab).sort((a, b) => a - b)).toEqual(Array.from({length: 100_000}, (_, id) => id))
  expect(model.vocab).toMatchObject(Object.fromEntries(added_tokens.map(({content, id}) => [content, id])))
  expect(model.merges.filter(merge => !(merge.replace(' ', '') in model.vocab))).toEqual([])
})
