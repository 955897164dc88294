import {expect, test} from 'vitest'
import {isCount, isInteger, parseJson, parseJsonIfValid, parseStrictObject} from './json.ts'

const parse = (text: string) => parseStrictObject(Buffer.from(text), 'file')

test('keys are distinguished from texts, whatever quotes and backslashes they contain', () => {
  const values = {'a"': 'a":', 'b\\': '"b\\":1', c: ['c', 'c', {'a"': 1}, {'a"': 1}], '{': '}', ':': ': "a\\"":'}
  expect(parse(JSON.stringify(values, undefined, 1))).toEqual(values)
  expect(() => parse('{"a\\\\":1,"a\\\\"\n\t:2}')).toThrow('file: a key occurs twice: a\\')
  expect(() => parse('{"x":[{"a":1},{"b":{},"b":{}}]}')).toThrow('file: a key occurs twice: b')
})

test('a large object is parsed in linear time', () => {
  const text = JSON.stringify(
    {a: '\\"'.repeat(1e6), b: Array(1e5).fill({c: ' ', d: '{'}), e: ' '.repeat(1e6)},
    undefined,
    1,
  )
  expect(Object.keys(parse(text))).toEqual(['a', 'b', 'e'])
})

test('nesting too deep is refused, before memory is spent on it', () => {
  const refused = 'file: nested deeper than 64'
  const nested = (depth: number) => `{"a": "${'['.repeat(99)}", "b": ${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
  expect(Object.keys(parse(nested(64)))).toEqual(['a', 'b'])
  expect(() => parse(nested(65))).toThrow(refused)
  expect(parseJsonIfValid(nested(64))).toBeDefined()
  expect(parseJsonIfValid(nested(65))).toBeUndefined()
  expect(() => parseJson('['.repeat(1e7), 'file')).toThrow(refused)
  expect(() => parseJson('{"a":'.repeat(1e6), 'file')).toThrow(refused)
})

test('brackets in strings, side by side or behind an open quote are not nested', () => {
  const text = JSON.stringify([...Array(100).fill({a: ['{"[\\']}), '[{'.repeat(100)])
  expect(JSON.stringify(parseJson(text, 'file'))).toBe(text)
  expect(() => parseJson(`["${'['.repeat(100)}\\"`, 'file')).toThrow('file: not JSON')
})

test('an integer is what a number holds exactly, and a count is one of 0 or more', () => {
  const values = [-1, 0, 2 ** 53 - 1, 2 ** 53, 0.5, Number.NaN, '1', 1n, null]
  expect(values.filter(isInteger)).toEqual([-1, 0, 2 ** 53 - 1])
  expect(values.filter(isCount)).toEqual([0, 2 ** 53 - 1])
})
