import {expect, test} from 'vitest'
import {jsonLines} from '../../test/support/data-files.ts'
import {fastest} from '../../test/support/fastest.ts'
import {gsm8k} from './gsm8k.ts'
import {testPrompt, trainingPrompt} from './metamath.ts'

const rewritten = {query: 'Two and two?', response: 'It is 2+2=4.\nThe answer is: 4'}
const plain = {
  question: 'Two of 3 kg?',
  answer: 'It is 2*3 = $<<2*3=6>>6.\nThen 6*200=<<6*200=1200>>1,200.\n#### 1,200',
}

test('training reads both forms and ends plain solutions as the evaluation expects', async () => {
  const file = jsonLines(rewritten, plain)
  expect(await gsm8k.readTraining(file)).toEqual([
    {prompt: trainingPrompt('Two and two?'), target: 'It is 2+2=4.\nThe answer is: 4', where: `${file}:1`},
    {
      prompt: trainingPrompt('Two of 3 kg?'),
      target: 'It is 2*3 = $6.\nThen 6*200=1,200.\nThe answer is: 1200',
      where: `${file}:2`,
    },
  ])
})

test('test files of both forms are read, with the gold answer after the first mark', async () => {
  const file = jsonLines(
    plain,
    {query: 'Two and two?', response: 'Four.\n#### 4'},
    {query: 'Q', response: '#### -12,345 \n'},
    {query: 'Q', response: '#### 7#### 8', ...plain}, // MetaMath's columns come first
  )
  expect(await gsm8k.readTest(file)).toEqual([
    {prompt: testPrompt('Two of 3 kg?'), gold: 1200},
    {prompt: testPrompt('Two and two?'), gold: 4},
    {prompt: testPrompt('Q'), gold: -12345},
    {prompt: testPrompt('Q'), gold: 7},
  ])
})

test.each([
  [{query: 'Q', response: 'Four.'}, /data\.jsonl:2: no gold answer after "#### "$/],
  [
    {query: 'Q', response: `#### ${'nine'.repeat(10_000)}`},
    /data\.jsonl:2: the gold answer must be an integer, not .{81}$/,
  ],
  [{query: 'Q', response: '#### four'}, /data\.jsonl:2: the gold answer must be an integer, not four$/],
  [{query: 'Q', response: '#### 4.5'}, /data\.jsonl:2: the gold answer must be an integer, not 4\.5$/],
  [{query: 'Q'}, /data\.jsonl:2: column "response" is missing; found: query; accepted: query and response/],
  [{question: 'Q', answer: 4}, /data\.jsonl:2: column "answer" is not a text: 4$/],
  [
    {text: 'Q'},
    /data\.jsonl:2: column "query" is missing; found: text; accepted: query and response \(MetaMathQA\), or question and answer/,
  ],
  [['Q', 'A'], /data\.jsonl:2: not a JSON object: \["Q","A"\]$/],
])('a test line like %j is a fault of the input', async (line, message) => {
  const file = jsonLines({query: 'Q', response: '#### 1'}, line)
  await expect(gsm8k.readTest(file)).rejects.toMatchObject({kind: 'input', message: expect.stringMatching(message)})
})

test('a plain training line without a gold answer is a fault of the input', async () => {
  await expect(gsm8k.readTraining(jsonLines({question: 'Q', answer: 'Four.'}))).rejects.toThrow(/:1: no gold answer/)
})

test.each([
  ['12+5=17. The answer is: 17', 17],
  ['The answer is: 3\nNo, The answer is: 4', 4],
  ['The answer is: 3\nThe answer is: ', undefined],
  ['The answer is: The answer is: 3', 3],
  ['The answer is: $1,200 in all', 1200],
  ['The answer is:3', undefined],
  ['The answer is:\u00a03', undefined],
  ['the answer is: 3', undefined],
  ['#### 3', undefined],
  ['', undefined],
])('from %j it takes %s', (text, answer) => {
  expect(gsm8k.extract(text)).toBe(answer)
})

test('the exact scorer takes all the text behind the marker, but for white space around it', () => {
  const {exact} = gsm8k.stricter
  const texts = ['The answer is:  17 \n', 'The answer is: 17.', '17']
  expect(texts.map(exact.extract)).toEqual(['17', '17.', undefined])
})

test('an answer is correct where it is the gold number', () => {
  expect([gsm8k.correct(17, 17), gsm8k.correct(17, -17)]).toEqual([true, false])
})

test('a solution it trains on is a solution it finds correct', async () => {
  const file = jsonLines(plain)
  const [[example], [item]] = [await gsm8k.readTraining(file), await gsm8k.readTest(file)]
  expect(gsm8k.extract(example.target)).toBe(item.gold)
})

test.each([
  ['markers', 'The answer is: '.repeat(7000)],
  ['near markers', 'The answer is '.repeat(7000)],
  ['calculator marks', 'The answer is: <<1=1>>'.repeat(5000)],
])('100 kB of %s are read in less than 50 ms', async (_, text) => {
  expect(await fastest(() => gsm8k.extract(text))).toBeLessThan(50)
})

test('100 kB of open calculator marks are left out in less than 50 ms', async () => {
  const file = jsonLines({question: 'Q', answer: `${'<<1'.repeat(33_000)}\n#### 1`})
  expect(await fastest(() => gsm8k.readTraining(file))).toBeLessThan(50)
})
