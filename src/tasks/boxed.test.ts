import {expect, test} from 'vitest'
import {fastest} from '../../test/support/fastest.ts'
import {boxed} from './boxed.ts'

test.each([
  ['So $x = \\boxed{3}$.', '3'],
  ['$\\boxed{1}$, no, $\\boxed{2}$.', '2'],
  ['$\\boxed{\\frac{1}{\\sqrt{2}}}$ and {more}', '\\frac{1}{\\sqrt{2}}'],
  ['$\\boxed{}$', ''],
  ['$\\fbox{1}$ and $\\boxed{2}$ and $\\fbox{3}$', '2'],
  ['$\\boxed{\\boxed{2}}$', '2'],
])('%s holds %j', (solution, answer) => {
  expect(boxed(solution)).toBe(answer)
})

test.each([
  ['none', 'It is 3.'],
  ['one that is not closed', '$\\boxed{\\frac{1}{2}$'],
  ['an fbox', '$\\fbox{3}$'],
  ['one without braces', '$\\boxed 3$'],
  ['one without braces of its own', '$\\boxed 3$ and $\\frac{1}{2}$'],
])('a solution with %s has no answer', (_, solution) => {
  expect(boxed(solution)).toBeUndefined()
})

test('100 kB of open boxes are read in less than 50 ms', async () => {
  expect(await fastest(() => boxed('\\boxed{'.repeat(14_000)))).toBeLessThan(50)
})
