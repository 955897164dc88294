import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {TASKS} from '../../../src/tasks/index.ts'
import {openTokenizer} from '../../../src/tokenizer/tokenizer.ts'
import {miniTokenizer} from './tokenizer.ts'

const place = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const folder = place('models/llama-commonsense-mini')
const tokenizer = await openTokenizer(folder)
const {commonsense} = TASKS
const examples = await commonsense.readTraining(place('configs/commonsense/mini/data/train.json'))

test('the committed tokenizer is what the generator writes', () => {
  expect(JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'))).toEqual(miniTokenizer())
})

test('the prompt of evaluation, whose white space differs, has no token that training lacks', async () => {
  const trained = new Set((await tokenizer.encodeBatch(examples.map(({prompt}) => prompt))).flat())
  for (const name of ['boolq', 'piqa'] as const) {
    const items = await TASKS[name].readTest(place(`configs/commonsense/mini/data/${name}.json`))
    const read = new Set((await tokenizer.encodeBatch(items.map(({prompt}) => prompt))).flat())
    expect([...read].filter(id => !trained.has(id)).map(id => tokenizer.piece(id))).toEqual([])
  }
})

test('a training question takes 55 tokens on average and 80 at most', async () => {
  const {examples: encoded, warnings} = await commonsense.encode(tokenizer, examples, 80)
  expect(warnings).toEqual([])
  expect(encoded.every(({ids}) => ids.at(-1) === tokenizer.eos)).toBe(true) // none is truncated
  expect(encoded.reduce((sum, {ids}) => sum + ids.length, 0) / encoded.length).toBeCloseTo(55, -0.5)
})
