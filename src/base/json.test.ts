import {expect, test} from 'vitest'
import {parseStrictObject} from './json.ts'

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
