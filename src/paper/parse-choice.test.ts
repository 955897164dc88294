import {expect, test} from 'vitest'
import {nearestTable, parseChoice, parseVersion, SHORT_NAMES} from './parse-choice.ts'

test('a table is one of the version, or names its version by a letter', () => {
  expect(parseChoice({})).toEqual({version: 'arxiv-v1', table: undefined})
  expect(parseChoice({table: '10', version: 'neurips2024'})).toEqual({version: 'neurips2024', table: 10})
  expect(parseChoice({table: 't10'})).toEqual({version: 'arxiv-v1', table: 10})
  expect(parseChoice({table: 'n14'})).toEqual({version: 'neurips2024', table: 14})
})

test.each([
  ['N4', 'NeurIPS 2024', 'n4'],
  ['T9', 'arXiv v1', 't9'],
  ['n44', 'NeurIPS 2024', 'n4'],
  ['t11', 'arXiv v1', 'n11'], // the number counts more than the letter
  ['table4', 'arXiv v1', '4'],
  ['7', 'arXiv v1', 'n7'],
  ['n9.svf_7', 'arXiv v1', 'n9'],
])('table %s is none of %s: did you mean %s?', (table, title, near) => {
  expect(() => parseChoice({table})).toThrow(`${title} has no result table ${table}; did you mean ${near}? known: `)
})

test('a figure is meant by its letter, and a table of NeurIPS 2024 by no table of arXiv v1', () => {
  const known = ['table1', 'table8', 'figure1', ...SHORT_NAMES]
  expect(['f1', 'F1', 'tabel8', 'n8', 'n44'].map(word => nearestTable(word, known))).toEqual([
    'figure1',
    'figure1',
    'table8',
    undefined,
    'n4',
  ])
  expect(() => parseChoice({table: 'n8'})).toThrow('NeurIPS 2024 has no result table n8; known: n1, ')
})

test('a word that is near to no table has no advice, and is printed escaped', () => {
  expect(() => parseChoice({table: 'se\u001bven'})).toThrow(/^arXiv v1 has no result table se\\u001bven; known: 1, 2, /)
})

test('an unknown version is refused with the near one', () => {
  expect(() => parseVersion('neurips')).toThrow('did you mean neurips2024? known: arxiv-v1, neurips2024')
})
