import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {enterWorkplace, tinyRecipe, writeLines} from '../../../test/support/workplace.ts'
import {modelFor} from '../../models/open-model.ts'
import {GENERATION} from '../../tasks/index.ts'
import {openTokenizer} from '../../tokenizer/tokenizer.ts'
import {openBlueprint} from '../blueprint.ts'
import {readGenerationExamples} from './generation-examples.ts'
import {dropHeldOut} from './held-out.ts'

let folder: string
beforeEach(async () => {
  folder = await enterWorkplace()
  const entry = (i: number) => ({
    instruction: `Is ${i} even?`,
    input: '',
    output: `the correct answer is ${i % 2 === 0}`,
    answer: `${i % 2 === 0}`,
  })
  writeLines(
    join(folder, 'commonsense.jsonl'),
    Array.from({length: 150}, (_, i) => entry(i)),
  )
  writeLines(join(folder, 'math.jsonl'), [{question: 'Half?', answer: '\\frac{1}{2}'}])
})

const commonsense = {task: 'commonsense', data: {train: 'commonsense.jsonl', test: {boolq: 'commonsense.jsonl'}}}
async function open(changes: Parameters<typeof tinyRecipe>[1]) {
  const recipe = await tinyRecipe(folder, changes)
  const {model, folder: at} = await openBlueprint(recipe)
  const task = recipe.task === 'commonsense' ? GENERATION.commonsense : GENERATION.gsm8k
  const tokenizer = await openTokenizer(at)
  return readGenerationExamples(recipe, {task, tokenizer, model: modelFor('causal-lm', model, 'this test'), folder: at})
}

test('every column is read as the task that it is called like', async () => {
  const test = {gsm8k: 'test.jsonl', math: 'math.jsonl', boolq: 'commonsense.jsonl', other: 'test.jsonl'}
  const {items} = await open({data: {train: 'train.jsonl', test}})
  const golds = Object.fromEntries(Object.entries(items).map(([split, [first]]) => [split, first.gold]))
  expect(golds).toEqual({gsm8k: 9, math: '\\frac{1}{2}', boolq: 'true', other: 9})
})

test('tests ask as their published evaluation does, or as training does where the recipe says so', async () => {
  const test = {gsm8k: 'test.jsonl', math: 'math.jsonl', boolq: 'commonsense.jsonl'}
  const ends = async (changes: object) => {
    const {items} = await open({data: {train: 'train.jsonl', test}, ...changes})
    return Object.values(items).map(([{prompt}]) => prompt.slice(prompt.lastIndexOf('?') + 1))
  }
  const official = "\n\n### Response: Let's think step by step."
  const response = '                ### Response:\n                '
  expect(await ends({})).toEqual([official, official, `\n\n${response}`])
  expect(await ends({evaluate: {prompt: 'official'}})).toEqual([official, official, `\n\n${response}`])
  const training = '\n\n### Response:'
  expect(await ends({evaluate: {prompt: 'training'}})).toEqual([training, training, `\n                \n${response}`])
})

test('the longest prompt is the one with the most tokens, not the one with the most characters', async () => {
  const long = {question: 'Half? '.repeat(100), answer: '#### 1'}
  const dense = {question: '半'.repeat(250), answer: '#### 1'} // a token or more for each character
  writeLines(join(folder, 'dense.jsonl'), [...Array.from({length: 40}, () => long), dense])
  const {items, longestPrompts} = await open({data: {train: 'train.jsonl', test: {gsm8k: 'dense.jsonl'}}})
  const tokenizer = await openTokenizer('model')
  const lengths = (await tokenizer.encodeBatch(items.gsm8k.map(({prompt}) => prompt))).map(({length}) => length)
  expect(lengths[40]).toBeGreaterThan(lengths[0])
  expect(longestPrompts).toEqual({gsm8k: lengths[40]})
})

test('commonsense trains on all but 120 examples, which the seed draws', async () => {
  const ids = async (seed: number) =>
    (await open({...commonsense, seed, train: {maxTokens: 512}})).examples.map(({ids}) => String(ids))
  const [first, again, other] = [await ids(1), await ids(1), await ids(2)]
  expect([first.length, new Set(first).size]).toEqual([30, 30])
  expect(again).toEqual(first)
  expect(other).not.toEqual(first)
  const recipe = await tinyRecipe(folder, {...commonsense, seed: 1, train: {heldOut: 4}})
  expect(dropHeldOut([0, 1, 2, 3, 4, 5, 6, 7], recipe)).toEqual([0, 3, 6, 7]) // in every version
})

test('none is held out where the recipe says so, and a limit counts those that are left', async () => {
  expect((await open({...commonsense, train: {heldOut: 0}})).examples).toHaveLength(150)
  const limited = {...commonsense.data, limit: {train: 20, test: 5}}
  const {examples, items} = await open({...commonsense, data: limited})
  expect([examples.length, items.boolq.length]).toEqual([20, 5])
})

test('a file that would be held out whole is a fault of the recipe', async () => {
  await expect(open({...commonsense, train: {heldOut: 150}})).rejects.toMatchObject({
    kind: 'recipe',
    message: expect.stringMatching(/commonsense\.jsonl: 150 examples, train\.heldOut must be smaller: 150$/),
  })
})
