import {expect, test} from 'vitest'
import {fastest} from '../../test/fastest.ts'
import {COMMONSENSE} from './commonsense.ts'

test.each([
  ['boolq', 'the correct answer is true', 'true'],
  ['boolq', 'untrue', 'true'],
  ['boolq', 'True or False', undefined],
  ['piqa', 'the correct answer is solution2, not solution1', 'solution2'],
  ['piqa', 'solution3', undefined],
  ['social_i_qa', 'answer5', 'answer5'],
  ['hellaswag', 'ending4 ending1', 'ending4'],
  ['winogrande', 'option12', 'option1'],
  ['ARC-Easy', 'answer6 answer4', 'answer4'],
  ['ARC-Challenge', 'answer 1', undefined],
  ['openbookqa', '', undefined],
] as const)('%s takes from %j %s', (task, text, answer) => {
  expect(COMMONSENSE[task].extract(text)).toBe(answer)
})

test('what stands behind a response marker of the model’s own is not read', () => {
  expect(COMMONSENSE.boolq.extract('it is so\n### Response: true')).toBeUndefined()
  expect(COMMONSENSE.boolq.extract('false\n### Response: true')).toBe('false')
})

test('an answer is correct where it is the gold word', () => {
  expect([
    COMMONSENSE.piqa.correct('solution1', 'solution1'),
    COMMONSENSE.piqa.correct('solution1', 'solution2'),
  ]).toEqual([true, false])
})

test.each([
  ['markers', '### Response'.repeat(8000)],
  ['near answers', 'answer'.repeat(16_000)],
])('100 kB of %s are read in less than 50 ms', async (_, text) => {
  for (const task of Object.values(COMMONSENSE)) expect(await fastest(() => task.extract(text))).toBeLessThan(50)
})
