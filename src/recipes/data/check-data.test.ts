import {appendFileSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, tinyRecipe, writeLines} from '../../../test/support/workplace.ts'
import {type CheckedData, checkData} from './check-data.ts'

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  writeLines(
    join(folder, 'pairs.jsonl'),
    ['train', 'train', 'test'].map((split, i) => ({question: `${i}?`, verdict: i === 1 ? 'no' : 'yes', split})),
  )
  writeLines(join(folder, 'other.jsonl'), [{text: 'a', label: 'yes'}])
})

type Changes = Parameters<typeof tinyRecipe>[1]
const check = async (changes: Changes) => checkData(await tinyRecipe(folder, changes))

const PAIRS = {
  task: 'text-classification',
  data: {train: 'pairs.jsonl', columns: {text: 'question', label: 'verdict'}, split: {test: 0.4}},
  adapter: {method: 'head'},
  evaluate: {maxNewTokens: undefined},
}
const TEXT = {task: 'text', evaluate: {maxNewTokens: undefined}}
const INSTRUCT = {train: 'pairs.jsonl', columns: {target: 'verdict'}, split: {test: 0.4}}

test.each<[string, Changes, string, readonly string[]]>([
  [
    'a misspelt text column',
    {...PAIRS, data: {...PAIRS.data, columns: {text: 'questoin', label: 'verdict'}}},
    'pairs.jsonl:1: column "questoin" is missing; found: question, verdict, split; did you mean question?',
    ['data', 'columns', 'text'],
  ],
  [
    'a test file with other columns',
    {...PAIRS, data: {...PAIRS.data, split: undefined, test: {test: 'other.jsonl'}}},
    'other.jsonl:1: column "verdict" is missing; found: text, label',
    ['data', 'columns', 'label'],
  ],
  [
    'a column of splits that names no validation record',
    {...PAIRS, data: {...PAIRS.data, split: {column: 'split'}}, evaluate: {splits: ['validation', 'test']}},
    'pairs.jsonl: column "split" names no record validation or valid or val or dev; found: train, test',
    ['data', 'split', 'column'],
  ],
  [
    'a misspelt column of a template',
    {task: 'instruct', data: {...INSTRUCT, template: 'Q: {qestion}'}},
    'pairs.jsonl:1: column "qestion" is missing; found: question, verdict, split; did you mean question?',
    ['data', 'template'],
  ],
  [
    'records that are no conversations',
    {task: 'instruct', data: {train: 'pairs.jsonl', split: {test: 0.4}}},
    'pairs.jsonl:1: not a conversation; found: question, verdict, split; accepted: ',
    ['data', 'train'],
  ],
  [
    'a text task without its column',
    {...TEXT, data: {train: 'pairs.jsonl', split: {test: 0.4}}},
    'pairs.jsonl:1: column "text" is missing; found: question, verdict, split',
    ['data', 'train'],
  ],
  [
    'a file of a published task',
    {data: {train: 'other.jsonl', test: {test: 'test.jsonl'}}},
    'other.jsonl:1: column "query" is missing; found: text, label; accepted: query and response',
    ['data', 'train'],
  ],
])('%s is found by the first record', async (_, changes, message, at) => {
  await expect(check(changes)).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringContaining(join(folder, message)),
    at,
  })
})

test('labels that are words are refused where numbers are predicted', async () => {
  await expect(check({...PAIRS, evaluate: {metric: 'pearson', maxNewTokens: undefined}})).rejects.toThrow(
    'pairs.jsonl:1: column "verdict" must be a number for metric pearson, not "yes"',
  )
})

test('data without a mistake pass, and so do those that are missing', async () => {
  await check({})
  await check(PAIRS)
  await check({...PAIRS, data: {...PAIRS.data, split: {column: 'split'}}})
  await check({task: 'instruct', data: {...INSTRUCT, template: 'Q: {question}'}})
  await check({task: 'instruct', data: {...INSTRUCT, columns: {prompt: 'question', target: 'verdict'}}})
  await check({...PAIRS, data: {...PAIRS.data, split: undefined, test: {test: 'later.jsonl'}}})
  const hub = {hub: 'owner/name', file: 'train.jsonl'}
  await check({data: {train: hub, test: {test: 'test.jsonl'}}})
  writeFileSync(join(folder, 'docs.txt'), '\nOne document.\n\nAnother.\n')
  await check({...TEXT, data: {train: 'docs.txt', split: {test: 0.5}}})
})

test('a file is read once for recipes with the same settings, and no further than its first record', async () => {
  const recipe = await tinyRecipe(folder)
  const checked: CheckedData = new Map()
  await checkData(recipe, checked)
  const size = checked.size
  writeFileSync(join(folder, 'train.jsonl'), '{"wrong": 1}\n')
  await checkData({...recipe, seed: 7}, checked)
  expect([size, checked.size]).toEqual([2, 2])
  await expect(checkData(recipe)).rejects.toThrow('column "query" is missing')
  appendFileSync(join(folder, 'test.jsonl'), '{"wrong":\n')
  writeLines(join(folder, 'train.jsonl'), [{query: 'a', response: 'b'}, {wrong: 1}])
  await checkData(recipe)
})

test('each of the recipes that share a file with a mistake is refused', async () => {
  const recipe = await tinyRecipe(folder)
  const checked: CheckedData = new Map()
  const before = readFileSync(join(folder, 'train.jsonl'))
  writeFileSync(join(folder, 'train.jsonl'), '{"wrong": 1}\n')
  for (const seed of [1, 2]) {
    await expect(checkData({...recipe, seed}, checked)).rejects.toThrow('column "query" is missing')
  }
  writeFileSync(join(folder, 'train.jsonl'), before)
})
