import {expect, test} from 'vitest'
import {quote} from './quote.ts'

test('a short value is its JSON', () => {
  for (const value of ['a "b"', 17, null, true, ['b', [1, {}]], {a: {b: 'c'}, d: []}]) {
    expect(quote(value)).toBe(JSON.stringify(value))
  }
  expect(quote(undefined)).toBe('undefined')
  expect(quote(3n)).toBe('3')
})

test('a long value is truncated to one line', () => {
  expect(quote('a'.repeat(1e6), 5)).toBe('"aaaa…')
  expect(quote(Array(1e6).fill('x'))).toMatch(/^\["x","x",.{60,80}…$/)
  expect(quote({['k'.repeat(1e6)]: 1})).toHaveLength(81)
  expect(quote({'a\nb\u001b': '\u202e'})).toBe('{"a\\nb\\u001b":"\\u202e"}')
})

test('a value that nests deeper than the stack allows is truncated too', () => {
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
  expect(quote(deep)).toBe('[[[[[[[[[…]]]]]]]]]')
  expect(quote({a: deep}, 5)).toBe('{"a":…')
})
