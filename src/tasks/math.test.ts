import {expect, test} from 'vitest'
import {jsonLines} from '../../test/support/data-files.ts'
import {fastest} from '../../test/support/fastest.ts'
import {math} from './math.ts'
import {testPrompt} from './metamath.ts'

test('test files have gold answers alone, or in the boxes of solutions of MetaMath and MATH', async () => {
  const solution = 'As $2+2=4$, it is $\\boxed{4}$.'
  const file = jsonLines(
    {id: 'test/algebra/1.json', question: 'Two and two?', answer: '4'},
    {instruction: 'Two and two?', output: solution, type: 'Algebra'},
    {problem: 'Two and two?', level: 'Level 1', solution},
  )
  const item = {prompt: testPrompt('Two and two?'), gold: '4'}
  expect(await math.readTest(file)).toEqual([item, item, item])
})

test('for an item whose solution has no box, no answer is correct', async () => {
  expect(await math.readTest(jsonLines({instruction: 'Q', output: 'Four.'}))).toEqual([
    {prompt: testPrompt('Q'), gold: undefined},
  ])
})

test.each([
  [{question: 'Q', answer: 4}, /data\.jsonl:1: column "answer" is not a text: 4$/],
  [
    {problem: 'Q'},
    /data\.jsonl:1: column "solution" is missing; found: problem; accepted: instruction and output \(MetaMathQA\), problem/,
  ],
  [{query: 'Q', response: '4'}, /data\.jsonl:1: column "instruction" is missing; found: query, response; accepted: /],
])('a test line like %j is a fault of the input', async (line, message) => {
  await expect(math.readTest(jsonLines(line))).rejects.toThrow(message)
})

test.each([
  ['So x is 3. The answer is: 3', '3'],
  ['The answer is: 3\nNo. The answer is: \\frac{1}{2}', '\\frac{1}{2}'],
  ['The answer is: 3.\nThat was easy.', '3'],
  ['The answer is: 3.5.', '3.5'],
  ['The answer is: \u2003 3 .\u0085', '3'],
  ['The answer is: 3..', '3.'],
  ['The answer is: 3\nThat was easy.', '3\nThat was easy'],
  ['The answer is: ', ''],
  ['The answer is:3', undefined],
  ['\\boxed{3}', undefined],
])('from %j it takes %j', (text, answer) => {
  expect(math.extract(text)).toBe(answer)
})

test.each([
  ['\\frac12', '\\frac{1}{2}'],
  ['\\frac1{72}', '\\frac{1}{72}'],
  ['\\dfrac {1}{2}', '\\tfrac{1}{2}'],
  ['0.5', '\\frac{1}{2}'],
  ['.5', '0.5'],
  ['3/4', '\\frac{3}{4}'],
  ['-3/4', '\\frac{-3}{4}'],
  ['x = 7', '7'],
  ['xy=7', '7'],
  ['\\sqrt3', '\\sqrt{3}'],
  ['90^\\circ', '90^{\\circ}'],
  ['\\left( 1, 2 \\right)', '(1,2)'],
  ['\\$5\\%', '5'],
  ['3\\text{ cm}', '3'],
  ['1 .5', '10.5'],
  ['', '\\%'],
])('%j is as correct as %j', (answer, gold) => {
  expect([math.correct(answer, gold), math.correct(gold, answer)]).toEqual([true, true])
})

test.each([
  ['3', '4'],
  ['3\\text{cm}', '3'],
  ['xy = 7', '7'],
  ['\\frac{1}{2}', '\\frac{1}{2}}'],
  ['01/2', '\\frac{1}{2}'],
  ['1,000', '1000'],
])('%j is not %j', (answer, gold) => {
  expect([math.correct(answer, gold), math.correct(gold, answer)]).toEqual([false, false])
})

test.each([
  ['1.5/2', '1.5 /2'],
  ['3\\text{ a}\\text{ b}', '3 \\text{ a}\\text{ b}'],
  ['2\\sqrt', '2 \\sqrt'],
  ['2\\frac', '2 \\frac'],
])('where %j has no normal form, it must be the very same text', (answer, other) => {
  expect([math.correct(answer, answer), math.correct(answer, other)]).toEqual([true, false])
})

test('a fraction without its second part stays as it is', () => {
  expect(math.correct('\\frac12 + \\frac1', '\\frac12+\\frac1')).toBe(true)
  expect(math.correct('\\frac12+\\frac1', '\\frac{1}{2}+\\frac1')).toBe(false)
})

test.each([
  ['markers', 'The answer is: '.repeat(7000)],
  ['fractions', `The answer is: ${'\\frac12'.repeat(14_000)}`],
  ['roots', `The answer is: ${'\\sqrt2'.repeat(16_000)}`],
  ['digits', `The answer is: ${'1_'.repeat(50_000)}/1`],
  ['white space', `The answer is: ${' '.repeat(50_000)}x${' '.repeat(50_000)}`],
])('100 kB of %s are read and compared in less than 50 ms', async (_, text) => {
  expect(await fastest(() => math.correct(math.extract(text)!, '1'))).toBeLessThan(50)
})
