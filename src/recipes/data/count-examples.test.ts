import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {VIT} from '../../../test/models/classifiers.ts'
import {openImagePlace} from '../../../test/support/classify-workplace.ts'
import {openWorkplace, tinyRecipe, writeLines} from '../../../test/support/workplace.ts'
import {countExamples, countTrainExamples} from './count-examples.ts'

const folder = await openWorkplace()
const count = async (train: string, content?: string) => {
  if (content !== undefined) writeFileSync(join(folder, train), content)
  return countTrainExamples(await tinyRecipe(folder, {data: {train, test: {gsm8k: 'test.jsonl'}}}), undefined)
}

test('examples are counted as they are read, with or without a byte order mark', async () => {
  for (const mark of ['', '\ufeff']) {
    expect(await count('array.json', `${mark}[{"a": 1}, {"a": 2}]`)).toBe(2)
    expect(await count('lines.json', `${mark}{"a": 1}\n{"a": 2}\n\n{"a": 3}`)).toBe(3)
    expect(await count('lines.jsonl', `${mark}{"a": 1}\n{"a": 2}\n`)).toBe(2)
    expect(await count('table.tsv', `${mark}a\tb\n1\t2\n`)).toBe(1)
  }
})

test('the count of a file that is missing or broken is unknown', async () => {
  expect(await count('none.jsonl')).toBeUndefined()
  expect(await count('broken.json', '[{"a": ')).toBeUndefined()
})

test('packed documents are not counted, since the tokenizer decides how many examples they fill', async () => {
  const recipeOf = (pack: boolean) =>
    tinyRecipe(folder, {
      task: 'text',
      data: {train: 'texts.jsonl', test: {test: 'texts.jsonl'}, pack},
      evaluate: {maxNewTokens: undefined},
    })
  writeFileSync(join(folder, 'texts.jsonl'), '{"text": "a"}\n{"text": "b"}\n')
  expect(await countExamples(await recipeOf(false), undefined)).toEqual({train: 2, score: {test: 2}})
  expect(await countExamples(await recipeOf(true), undefined)).toEqual({train: undefined, score: {test: undefined}})
})

test('a column of splits is counted, except where it names no record of a split', async () => {
  const parts = ['train', 'Training', 'dev', 'test', 'train'].map(part => ({query: 'a', response: 'b', part}))
  writeLines(join(folder, 'parts.jsonl'), parts)
  const columns = {prompt: 'query', target: 'response'}
  const recipeOf = (column: string) =>
    tinyRecipe(folder, {
      task: 'instruct',
      data: {train: 'parts.jsonl', split: {column}, columns},
      evaluate: {splits: ['validation', 'test']},
    })
  expect(await countExamples(await recipeOf('part'), undefined)).toEqual({train: 3, score: {validation: 1, test: 1}})
  const unnamed = {train: undefined, score: {validation: undefined, test: undefined}}
  expect(await countExamples(await recipeOf('response'), undefined)).toEqual(unnamed)
})

test('images are counted in their folders', async () => {
  const images = await openImagePlace(VIT)
  const at = (name: string) => join(images, name)
  const data = {train: at('train'), test: {test: at('test'), none: at('none')}}
  const recipe = await tinyRecipe(folder, {task: 'images', data, evaluate: {splits: ['test', 'none']}})
  expect(await countExamples(recipe, 3)).toEqual({train: 15, score: {test: 6, none: undefined}})
})
