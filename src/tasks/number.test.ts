import {expect, test} from 'vitest'
import {fastest} from '../../test/support/fastest.ts'
import {firstNumber} from './number.ts'

test.each([
  ['72', 72],
  ['$72.', 72],
  ['x = 12 apples, 3 left', 12],
  ['-5', -5],
  ['+5', 5],
  ['--5', -5],
  ['3-5', 3],
  ['000490', 490],
  ['1e3', 1],
])('%j holds an integer', (text, value) => {
  expect(firstNumber(text)).toBe(value)
})

test.each([
  ['0.5', 0],
  ['1.5', 2],
  ['2.5', 2],
  ['-0.5', 0],
  ['-1.5', -2],
  ['-2.5', -2],
  ['2.51', 3],
  ['.5', 0],
  ['5.', 5],
  ['0.49999999999999999', 0],
  ['4503599627370497.5', 4503599627370498],
])('%j is rounded, halves to the even side', (text, value) => {
  expect(firstNumber(text)).toBe(value)
})

test.each([
  ['1,234', 1234],
  ['1,234,567', 1234],
  ['1,000.50', 1000],
  [',5', 5],
  ['12,3/4', 123],
  ['1.5/2', 2],
])('%j has one separator only', (text, value) => {
  expect(firstNumber(text)).toBe(value)
})

test.each([
  ['3/2', 2],
  ['5/2', 2],
  ['-7/2', -4],
  ['1/3', 0],
  ['12/0', 12],
  ['8/10', 1],
  ['3/00', undefined],
  ['/5', undefined],
  ['-/5', undefined],
  ['/0', undefined],
  ['5/', 5],
  ['18014398509481985/2', 9007199254740992],
  ['9007199254740993/1', 9007199254740992],
  ['9007199254740995/1', 9007199254740996],
  [`${'9'.repeat(400)}/${'9'.repeat(399)}`, 10],
  [`${'9'.repeat(400)}/3`, undefined],
  [`3/${'9'.repeat(400)}`, 0],
])('the fraction %j is divided', (text, value) => {
  expect(firstNumber(text)).toBe(value)
})

test.each([
  ['４２', 42],
  ['٤٢', 42],
  ['𝟙𝟚', 12],
  ['٣/٢', 2],
  ['½', undefined],
  ['x²', undefined],
])('digits of any script count, other numerals do not: %j', (text, value) => {
  expect(firstNumber(text)).toBe(value)
})

test('text without a number, and numbers beyond float64, are no answer', () => {
  for (const text of ['', 'none', '-', '.', 'five', '1'.repeat(400), `-${'1'.repeat(400)}`]) {
    expect(firstNumber(text)).toBeUndefined()
  }
  expect(firstNumber('1180591620717411303424')).toBe(2 ** 70)
  expect(firstNumber(`${'0'.repeat(5000)}7`)).toBe(7)
})

test.each([
  ['digits', '1'.repeat(1e5)],
  ['signs', '-'.repeat(1e5)],
  ['separators', ',./'.repeat(4e4)],
  ['letters', 'one '.repeat(25_000)],
  ['Arabic digits', '١'.repeat(1e5)],
  ['a long fraction', `${'1'.repeat(5e4)}/${'3'.repeat(5e4)}`],
  ['the longest fraction Python reads', `${'1'.repeat(4300)}/${'3'.repeat(4290)}`],
])('100 kB of %s are read in less than 50 ms', async (_, text) => {
  expect(await fastest(() => firstNumber(text))).toBeLessThan(50)
})
