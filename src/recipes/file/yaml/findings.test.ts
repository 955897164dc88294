import {expect, test} from 'vitest'
import {reportFindings} from './findings.ts'
import type {RecipeFinding, SourceText} from './tree.ts'

const file: SourceText = {name: 'a.yaml', text: 'one: 1\ntwo: 日本 x\n\tthree: 3', folder: '/'}
const other: SourceText = {...file, name: 'b.yaml'}
const at = (source: SourceText, word: string): RecipeFinding['at'] => {
  const start = source.text.indexOf(word)
  return {source, start, end: start + word.length}
}

test('findings stand in the order of sources and places, once each', () => {
  const findings = [
    {at: at(other, 'one'), message: 'b'},
    {at: at(file, 'two'), message: 'a2'},
    {at: at(file, 'one'), message: 'a1'},
    {at: at(file, 'two'), message: 'a2'},
  ]
  const heads = reportFindings(findings, [file, other])
    .split('\n')
    .filter(line => !line.startsWith(' '))
  expect(heads).toEqual(['a.yaml:1:1: a1', 'a.yaml:2:1: a2', 'b.yaml:1:1: b'])
})

test('the mark stands under the place, behind wide characters and escaped tabs too', () => {
  expect(reportFindings([{at: at(file, 'x'), message: 'wrong'}], [file])).toBe(
    'a.yaml:2:9: wrong\n  2 | two: 日本 x\n    |           ^',
  )
  expect(reportFindings([{at: at(file, 'three'), message: 'wrong'}], [file])).toBe(
    'a.yaml:3:2: wrong\n  3 | \\tthree: 3\n    |   ^^^^^',
  )
})

test('a place at the very end or the very start', () => {
  const end = {source: file, start: file.text.length, end: file.text.length + 1}
  expect(reportFindings([{at: end, message: 'more'}], [file])).toMatch(/^a.yaml:3:10: more\n.*\n {4}\| {11}\^$/)
  const line = {...file, text: '\nx'}
  expect(reportFindings([{at: {source: line, start: 0, end: 1}, message: 'empty'}], [line])).toMatch(
    /^a.yaml:1:1: empty\n/,
  )
})

test('of very many findings the first 50 are shown', () => {
  const long = {...file, text: 'x\n'.repeat(80)}
  const findings = Array.from({length: 80}, (_, i) => ({
    at: {source: long, start: 2 * i, end: 2 * i + 1},
    message: 'no',
  }))
  const lines = reportFindings(findings, [long]).split('\n')
  expect(lines).toHaveLength(151)
  expect(lines[150]).toBe('and 30 more')
})
