import {expect, test} from 'vitest'
import {quoted} from './quoted.ts'

test('a short value is its JSON', () => {
  for (const value of ['a "b"', 17, null, true, ['b', [1, {}]], {a: {b: 'c'}, d: []}]) {
    expect(quoted(value)).toBe(JSON.stringify(value))
  }
  expect(quoted(undefined)).toBe('undefined')
  expect(quoted(3n)).toBe('3')
})

test('a long value is cut, one line however many it has', () => {
  expect(quoted('a'.repeat(1e6), 5)).toBe('"aaaa…')
  expect(quoted(Array(1e6).fill('x'))).toMatch(/^\["x","x",.{60,80}…$/)
  expect(quoted({['k'.repeat(1e6)]: 1})).toHaveLength(81)
  expect(quoted({'a\nb\u001b': '\u202e'})).toBe('{"a\\nb\\u001b":"\\u202e"}')
})

test('a value that nests deeper than the stack allows is cut too', () => {
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
  expect(quoted(deep)).toBe('[[[[[[[[[…]]]]]]]]]')
  expect(quoted({a: deep}, 5)).toBe('{"a":…')
})
