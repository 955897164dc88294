import {expect, test} from 'vitest'
import {globExpression} from './glob.ts'

test('stars match parts of a name, two of them any folders, and other characters themselves', () => {
  const matches = (pattern: string, path: string) => globExpression(pattern).test(path)
  expect(matches('data/*.json', 'data/a.json')).toBe(true)
  expect(matches('data/*.json', 'data/a/b.json')).toBe(false)
  expect(matches('**/*.json', 'data/a/b.json')).toBe(true)
  expect(matches('a?.json', 'ab.json')).toBe(true)
  expect(matches('a?.json', 'abxjson')).toBe(false)
})

test('a long row of stars takes no longer than two', () => {
  expect(globExpression(`${'*'.repeat(200)}b`).test('a'.repeat(200))).toBe(false)
})
