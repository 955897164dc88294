import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {readMetaMath, STOP, testPrompt, trainingPrompt} from './metamath.ts'

test('a question of one line is an instruction', () => {
  expect(trainingPrompt('What is 1+1?')).toBe(
    'Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\nWhat is 1+1?\n\n### Response:',
  )
})

test('further lines of a question are its input', () => {
  expect(trainingPrompt('Solve.\nx = 1\n\ny = 2')).toBe(
    'Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n### Instruction:\nSolve.\n\n### Input:\nx = 1\n\ny = 2\n\n### Response:',
  )
  expect(trainingPrompt('Solve.\n')).toBe(trainingPrompt('Solve.'))
  expect(trainingPrompt('\nx')).toContain('### Instruction:\n\n\n### Input:\nx\n\n')
})

test('the prompt of a test has the whole question as its instruction, and the first words of the answer', () => {
  expect(testPrompt('Solve.\nx = 1')).toBe(
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\nSolve.\nx = 1\n\n### Response: Let's think step by step.",
  )
})

test('a test can ask with the very text of training, in sections where that has them', () => {
  for (const question of ['What is 1+1?', 'Solve.\nx = 1\n\ny = 2', 'Solve.\n']) {
    expect(testPrompt(question, 'training')).toBe(trainingPrompt(question))
  }
  expect(testPrompt('Solve.\nx = 1', 'training')).toMatch(/\n\n### Input:\nx = 1\n\n### Response:$/)
})

test('the stop strings are those of the published evaluation', () => {
  const turns = ['Question', 'USER', 'ASSISTANT', 'Instruction', 'Response']
  expect(STOP).toEqual(turns.flatMap(turn => [`${turn}:`, turn]))
})

test('the target text follows the prompt as it is', async () => {
  const file = join(openFolder(), 'train.json')
  await writeFile(file, JSON.stringify([{query: 'a $x$', response: 'b\nThe answer is: 3', type: 'MATH_FOBAR'}]))
  expect(await readMetaMath(file)).toEqual([
    {prompt: trainingPrompt('a $x$'), target: 'b\nThe answer is: 3', where: `${file}: entry 1`},
  ])
})
