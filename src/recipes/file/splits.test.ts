import {expect, test} from 'vitest'
import {GENERATION} from '../../tasks/index.ts'
import {columnDecoding, columnTask} from './splits.ts'

const evaluate = {batch: 16, prompt: 'official' as const, splits: []}

test('a column called like a task is scored as that task, any other as the recipe’s', () => {
  const names = ['gsm8k', 'math', 'ARC-Easy', 'test', 'validation', 'toString', 'cola'].map(
    split => columnTask(GENERATION.gsm8k, split).name,
  )
  expect(names).toEqual(['gsm8k', 'math', 'ARC-Easy', 'gsm8k', 'gsm8k', 'gsm8k', 'gsm8k'])
})

test('every task is answered as it is published, and a recipe can only shorten answers', () => {
  const tasks = [GENERATION.gsm8k, GENERATION.math, GENERATION.boolq]
  expect(tasks.map(task => columnDecoding(task, evaluate))).toEqual([
    {beams: 1, maxNewTokens: 512},
    {beams: 1, maxNewTokens: 2048},
    {beams: 4, maxNewTokens: 32},
  ])
  const capped = {...evaluate, maxNewTokens: 600}
  expect(tasks.map(task => columnDecoding(task, capped).maxNewTokens)).toEqual([512, 600, 32])
})
