import {expect, test} from 'vitest'
import {parseObject, shown} from './json.ts'

const parse = (text: string) => parseObject(Buffer.from(text), 'file')

test('keys are told from texts, whatever quotes and backslashes are in them', () => {
  const values = {'a"': 'a":', 'b\\': '"b\\":1', c: ['c', 'c', {'a"': 1}, {'a"': 1}], '{': '}', ':': ': "a\\"":'}
  expect(parse(JSON.stringify(values, undefined, 1))).toEqual(values)
  expect(() => parse('{"a\\\\":1,"a\\\\"\n\t:2}')).toThrow('file: a key stands twice: a\\')
  expect(() => parse('{"x":[{"a":1},{"b":{},"b":{}}]}')).toThrow('file: a key stands twice: b')
})

test('a large object is walked in linear time', () => {
  const text = JSON.stringify(
    {a: '\\"'.repeat(1e6), b: Array(1e5).fill({c: ' ', d: '{'}), e: ' '.repeat(1e6)},
    undefined,
    1,
  )
  expect(Object.keys(parse(text))).toEqual(['a', 'b', 'e'])
})

test('text from a file is shown on one line, cut, with what cannot be seen as its code', () => {
  expect(shown('naïve モデル 🙂')).toBe('naïve モデル 🙂')
  expect(shown('a\r\n\u001b[31m\u202e\u2028\ud800')).toBe('a\\u{d}\\u{a}\\u{1b}[31m\\u{202e}\\u{2028}\\u{d800}')
  expect(shown('x'.repeat(200))).toBe(`${'x'.repeat(120)}…`)
})
