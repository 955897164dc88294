import {expect, test} from 'vitest'
import {columnDecoding, columnTask} from './column-task.ts'

const evaluate = {batch: 16, splits: []}

test('a column called like a task is scored as that task, any other as the recipe’s', () => {
  const names = ['gsm8k', 'math', 'ARC-Easy', 'test', 'validation', 'toString'].map(
    split => columnTask({task: 'gsm8k'}, split).name,
  )
  expect(names).toEqual(['gsm8k', 'math', 'ARC-Easy', 'gsm8k', 'gsm8k', 'gsm8k'])
})

test('every column is answered as its task is published', () => {
  const decodings = ['test', 'math', 'boolq'].map(split => columnDecoding({task: 'gsm8k', evaluate}, split))
  expect(decodings).toEqual([
    {beams: 1, maxNewTokens: 512},
    {beams: 1, maxNewTokens: 2048},
    {beams: 4, maxNewTokens: 32},
  ])
})

test('a recipe can only shorten answers', () => {
  const capped = {task: 'gsm8k' as const, evaluate: {...evaluate, maxNewTokens: 600}}
  expect(['gsm8k', 'math', 'boolq'].map(split => columnDecoding(capped, split).maxNewTokens)).toEqual([512, 600, 32])
})
