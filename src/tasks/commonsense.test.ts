import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {fastest} from '../../test/support/fastest.ts'
import {COMMONSENSE} from './commonsense.ts'

const folder = openFolder()

async function array(...entries: unknown[]): Promise<string> {
  const file = join(folder, 'data.json')
  await writeFile(file, JSON.stringify(entries, undefined, 4))
  return file
}

const entry = {
  instruction: 'Please choose the correct answer to the question: Is ice cold?\n\nAnswer format: true/false',
  input: '',
  output: 'the correct answer is true',
  answer: 'true',
}

test('training has two spaces after the request, and sixteen before every line, empty ones included', async () => {
  const [{prompt, target}] = await COMMONSENSE.commonsense.readTraining(await array(entry))
  expect(`${prompt}${target}`).toBe(
    'Below is an instruction that describes a task. Write a response that appropriately completes the request.  \n\n                ### Instruction:\n                Please choose the correct answer to the question: Is ice cold?\n\nAnswer format: true/false\n                \n                ### Response:\n                the correct answer is true',
  )
})

test('an input, which no record has, has a section of its own', async () => {
  const [{prompt, target}] = await COMMONSENSE.boolq.readTraining(
    await array({instruction: 'Is it?', input: 'Ice.', output: 'yes'}),
  )
  expect(`${prompt}${target}`).toBe(
    'Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request. \n\n                ### Instruction:\n                Is it?\n                \n                ### Input:\n                Ice.\n                \n                ### Response:\n                yes',
  )
})

test('an input of null is none', async () => {
  const [{prompt}] = await COMMONSENSE.commonsense.readTraining(await array({...entry, input: null}))
  const [{prompt: without}] = await COMMONSENSE.commonsense.readTraining(await array(entry))
  expect(prompt).toBe(without)
})

test('a test has one space after the request and an empty line before the response', async () => {
  expect(await COMMONSENSE.boolq.readTest(await array(entry))).toEqual([
    {
      prompt:
        'Below is an instruction that describes a task. Write a response that appropriately completes the request. \n\n                ### Instruction:\n                Please choose the correct answer to the question: Is ice cold?\n\nAnswer format: true/false\n\n                ### Response:\n                ',
      gold: 'true',
    },
  ])
})

test('a test can ask with the very text of training, its input too', async () => {
  for (const input of ['', 'Ice.']) {
    const file = await array({...entry, input})
    const [[example], [item]] = [
      await COMMONSENSE.boolq.readTraining(file),
      await COMMONSENSE.boolq.readTest(file, 'training'),
    ]
    expect(item).toEqual({prompt: example.prompt, gold: 'true'})
  }
  expect((await COMMONSENSE.boolq.readTest(await array(entry), 'training'))[0].prompt).toBe(
    'Below is an instruction that describes a task. Write a response that appropriately completes the request.  \n\n                ### Instruction:\n                Please choose the correct answer to the question: Is ice cold?\n\nAnswer format: true/false\n                \n                ### Response:\n                ',
  )
})

test('a gold answer that the task does not have is a fault of the input', async () => {
  await expect(COMMONSENSE.piqa.readTest(await array({...entry, answer: 'solution1'}, entry))).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/data\.json: entry 2: the gold answer is none of solution1, solution2: "true"$/),
  })
})

test('a mixture of all data sets accepts the words of any', () => {
  const answers = ['false', 'solution2', 'answer5', 'ending1', 'option2'].map(word =>
    COMMONSENSE.commonsense.extract(`the correct answer is ${word}`),
  )
  expect(answers).toEqual(['false', 'solution2', 'answer5', 'ending1', 'option2'])
})

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

test('the strict scorer takes the sentence of the training data, in upper or lower case, and no other word', () => {
  const {strict} = COMMONSENSE.boolq.stricter
  const texts = ['The correct answer is true.', 'the correct answer is false', 'true', 'the correct answer is truer']
  expect(texts.map(strict.extract)).toEqual(['true', 'false', undefined, undefined])
})

test('text after a response marker of the model’s own is not read', () => {
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
