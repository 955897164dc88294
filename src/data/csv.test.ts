import {expect, test} from 'vitest'
import {parseCsv} from './csv.ts'

test('the first line names the columns; quotes hold commas, lines and quotes; either end of line will do', () => {
  expect(parseCsv('a,#1 b\r\n"x, ""y""",\r\n"two\nlines", z\r\n\r\nlast,1\r\n', 'f.csv')).toEqual([
    {fields: {a: 'x, "y"', '#1 b': ''}, where: 'f.csv:2'},
    {fields: {a: 'two\nlines', '#1 b': ' z'}, where: 'f.csv:3'},
    {fields: {a: 'last', '#1 b': '1'}, where: 'f.csv:6'},
  ])
})

test.each(['\n', '\r\n'])('lines are counted through quoted line breaks: %j', end => {
  const ending = (last: string) => `"a\n",b\n1,"2\n\n3"\n4,5\n6,"7\n8"\n${last}`.replaceAll('\n', end)
  expect(parseCsv(ending('9,10'), 'f.csv').map(({where}) => where)).toEqual([
    'f.csv:3',
    'f.csv:6',
    'f.csv:7',
    'f.csv:9',
  ])
  expect(() => parseCsv(ending('9,"10'), 'f.csv')).toThrow('f.csv:9: not CSV: a quote that opens in this record')
  expect(() => parseCsv(ending('9,1"0'), 'f.csv')).toThrow('f.csv:9: not CSV: Invalid Opening Quote')
})

test('nothing but a line of names is no data, and nothing neither', () => {
  expect(parseCsv('a,b\n', 'f.csv')).toEqual([])
  expect(parseCsv('', 'f.csv')).toEqual([])
})

test.each([
  ['a,b\nx,y\nz\n', 'f.csv:3: 1 fields, 2 columns (a, b): ["z"]'],
  ['a,b\nx,y,z\n', 'f.csv:2: 3 fields, 2 columns (a, b); put a text with commas in quotes: ["x","y","z"]'],
  ['a,a\nx,y\n', 'f.csv:1: two columns have the same name: "a"'],
  ['a,b\nx,"y\nz\n', 'f.csv:2: not CSV: a quote that opens in this record is never closed'],
  ['a,b\n1,"2\n3"\n4,"5\n6\n7\n', 'f.csv:4: not CSV: a quote that opens in this record is never closed'],
  ['"a,b\n1,2\n', 'f.csv:1: not CSV: a quote that opens in this record is never closed'],
  ['a,b\nx,y"z\n', 'f.csv:2: not CSV: Invalid Opening Quote'],
])('%j is a fault that names the line', (text, message) => {
  expect(() => parseCsv(text, 'f.csv')).toThrow(message)
})

const SEMICOLONS = 'f.csv:1: .csv needs commas between columns and .tsv tabs, and this file has ";"'

test.each([
  ['id;text\n0;"a"\n', SEMICOLONS],
  ['"id";"text"\n0;"a"\n', SEMICOLONS],
  ['id;text\r\n0;"a\r\nb"\r\n', SEMICOLONS],
  ['id;text\n0;a, b\n', SEMICOLONS],
  ['id\ttext\n0\t"a"\n', 'f.csv:1: .csv needs commas between columns and .tsv tabs, and this file has "\\t"'],
  ['id,a;b\n0,x"y\n', 'f.csv:2: not CSV: Invalid Opening Quote'],
])('%j is a fault that names the separator where that is not a comma', (text, message) => {
  expect(() => parseCsv(text, 'f.csv')).toThrow(message)
})

test('a single column may have any name, if its records have one field', () => {
  expect(parseCsv('a;b\n"x, y"\n', 'f.csv')).toEqual([{fields: {'a;b': 'x, y'}, where: 'f.csv:2'}])
})

test('a line of commas that is longer than any record is a fault', () => {
  expect(() => parseCsv(`a\n${','.repeat(2 ** 25 + 1)}`, 'f.csv')).toThrow('f.csv:2: a line of 33554433 characters; at')
})
