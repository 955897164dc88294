import {expect, test} from 'vitest'
import {parseTsv} from './tsv.ts'

test('the first line names the columns, quotes are text, either end of line will do', () => {
  expect(parseTsv('a\t#1 b\r\n"x\t\r\n"y" z\t"\r\n', 'f.tsv')).toEqual([
    {fields: {a: '"x', '#1 b': ''}, where: 'f.tsv:2'},
    {fields: {a: '"y" z', '#1 b': '"'}, where: 'f.tsv:3'},
  ])
})

test('given columns need no line that names them', () => {
  expect(parseTsv('gj04\t1\t\tA b.', 'f.tsv', {columns: ['source', 'label', 'mark', 'sentence']})).toEqual([
    {fields: {source: 'gj04', label: '1', mark: '', sentence: 'A b.'}, where: 'f.tsv:1'},
  ])
})

test('nothing but a line of names is no data, and nothing neither', () => {
  expect(parseTsv('a\tb\n', 'f.tsv')).toEqual([])
  expect(parseTsv('', 'f.tsv')).toEqual([])
})

test.each([
  ['a\tb\nx\ty\nz\n', 'f.tsv:3: 1 fields, 2 columns (a, b): ["z"]'],
  ['a\tb\nx\ty\tz\n', 'f.tsv:2: 3 fields, 2 columns (a, b): ["x","y","z"]'],
  ['a\tb\n"x\ny"\tz\n', 'f.tsv:2: 1 fields, 2 columns (a, b); in .tsv, quotes are part of the text; if a program'],
  ['a\tb\n\nx\ty\n', 'f.tsv:2: 1 fields, 2 columns (a, b): [""]'],
  ['a\ta\nx\ty\n', 'f.tsv:1: two columns have the same name: "a"'],
])('%j is a fault that names the line', (text, message) => {
  expect(() => parseTsv(text, 'f.tsv')).toThrow(message)
})

test('short lines are skipped where that is asked for, long ones are not', () => {
  const skipped = parseTsv('a\tb\nx\n\ty\n1\t2\n\n', 'f.tsv', {shortLines: 'skip'})
  expect(skipped.map(({fields: {a, b}, where}) => [a, b, where])).toEqual([
    ['', 'y', 'f.tsv:3'],
    ['1', '2', 'f.tsv:4'],
  ])
  expect(() => parseTsv('a\tb\nx\ty\tz\n', 'f.tsv', {shortLines: 'skip'})).toThrow('f.tsv:2: 3 fields, 2 columns')
})

test('a column may be named as objects answer to', () => {
  const [{fields}] = parseTsv('__proto__\tb\nx\ty\n', 'f.tsv')
  expect(Object.keys(fields)).toEqual(['__proto__', 'b'])
  expect(Object.getPrototypeOf(fields)).toBe(Object.prototype)
})

test('millions of blank lines are read to the first that is wrong', () => {
  const blank = '\n'.repeat(20_000_000)
  expect(() => parseTsv(`a\tb\n${blank}x\ty`, 'f.tsv')).toThrow('f.tsv:2: 1 fields, 2 columns')
  expect(() => parseTsv(`${blank}x`, 'f.tsv')).toThrow('f.tsv:1: the first line, which names the columns, is blank')
  expect(parseTsv(`a\tb\nx\ty\n${blank}`, 'f.tsv')).toHaveLength(1)
})

test('a line of tabs that is longer than any record is a fault', () => {
  expect(() => parseTsv('\t'.repeat(2 ** 25 + 1), 'f.tsv')).toThrow('f.tsv:1: a line of 33554433 characters; at most')
})
