import {symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, tinyRecipe} from '../../../test/support/workplace.ts'
import {leakWarnings} from './leak-warnings.ts'

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
})

type Changes = Parameters<typeof tinyRecipe>[1]

const warnings = async (changes: Changes) => leakWarnings(await tinyRecipe(folder, changes))
const CLASSES = {task: 'text-classification', adapter: {method: 'head'}, evaluate: {maxNewTokens: undefined}}
const SAME =
  'data.train and data.test.test are the same file, so test is scored on the examples that were trained on; give another file'

test.each<[string, Changes, readonly string[]]>([
  ['one file to train and test', {data: {train: 'a.jsonl', test: {test: './a.jsonl'}}}, [SAME]],
  [
    'one file of your own',
    {...CLASSES, data: {train: 'a.csv', test: {test: 'a.csv'}}},
    [`${SAME}, or cut one off with data.split`],
  ],
  [
    'one file to train and validate',
    {
      data: {train: 'a.jsonl', validation: 'a.jsonl', test: {test: 'b.jsonl'}},
      train: {keep: 'best', keepBy: 'validation'},
    },
    [SAME.replace('data.test.test', 'data.validation').replace('test is', 'validation is')],
  ],
  [
    'a template with the target',
    {
      task: 'instruct',
      data: {train: 'a.jsonl', template: '{{x}} { answer } ', columns: {target: 'answer'}, split: {test: 0.2}},
    },
    ['data.template contains {answer}, the column of the target: the prompt gives the answer'],
  ],
  [
    'a template with the default target',
    {task: 'instruct', data: {train: 'a.jsonl', template: '{output}', split: {test: 0.2}}},
    ['data.template contains {output}, the column of the target: the prompt gives the answer'],
  ],
  [
    'a text that is the label',
    {...CLASSES, data: {train: 'a.csv', columns: {text: 'label'}, split: {test: 0.2}}},
    ['data.columns: text and label are the same column, label: the model reads the answer'],
  ],
  [
    'a label that is the default text',
    {...CLASSES, data: {train: 'a.csv', columns: {label: 'text'}, split: {test: 0.2}}},
    ['data.columns: text and label are the same column, text: the model reads the answer'],
  ],
  [
    'a target that is the default prompt',
    {task: 'instruct', data: {train: 'a.csv', columns: {target: 'prompt'}, split: {test: 0.2}}},
    ['data.columns: prompt and target are the same column, prompt: the model reads the answer'],
  ],
])('%s is warned of', async (_, changes, expected) => {
  expect(await warnings(changes)).toEqual(expected)
})

test('files of their own, cuts, validation drawn from train and a model that trains nothing pass', async () => {
  const data = {train: 'a.jsonl', test: {test: 'a.jsonl'}}
  expect(await warnings({})).toEqual([])
  expect(await warnings({data, adapter: {method: 'none'}, train: undefined})).toEqual([])
  expect(await warnings({...CLASSES, data: {train: 'a.csv', split: {validation: 0.1, test: 0.1}}})).toEqual([])
  const drawn = {train: 'a.csv', perClass: {train: 2, validation: 1}, test: {test: 'b.csv'}}
  const best = {keep: 'best', keepBy: 'validation', epochs: 1, steps: undefined}
  expect(await warnings({...CLASSES, data: drawn, train: best})).toEqual([])
  const plain = {train: 'a.csv', columns: {text: 'target'}, split: {test: 0.2}}
  expect(await warnings({task: 'text', data: plain})).toEqual([])
  const template = {template: '{question}', columns: {target: 'answer'}}
  expect(await warnings({task: 'instruct', data: {train: 'a.jsonl', ...template, split: {test: 0.2}}})).toEqual([])
})

test('a link to the training file is the training file', async () => {
  writeFileSync(join(folder, 'linked.jsonl'), '')
  symlinkSync('linked.jsonl', join(folder, 'link.jsonl'))
  const train = join(folder, 'linked.jsonl')
  expect(await warnings({data: {train, test: {test: join(folder, 'link.jsonl')}}})).toEqual([SAME])
})
