import {expect, test} from 'vitest'
import {openGlob} from './glob.ts'

test('stars match parts of a name, two of them any folders, and other characters themselves', () => {
  const matches = (pattern: string, path: string) => openGlob(pattern)(path)
  expect(matches('data/*.json', 'data/a.json')).toBe(true)
  expect(matches('data/*.json', 'data/a/b.json')).toBe(false)
  expect(matches('**/*.json', 'data/a/b.json')).toBe(true)
  expect(matches('a?.json', 'ab.json')).toBe(true)
  expect(matches('a?.json', 'abxjson')).toBe(false)
  expect(matches('a?b', 'a/b')).toBe(false)
  expect(matches('a/**/b', 'a/b')).toBe(true)
  expect(matches('a/***/b', 'a/x/y/b')).toBe(true)
  expect(matches('a/**b', 'a/x/yb')).toBe(true)
  expect(matches('**/b', 'ab')).toBe(false)
  expect(matches('**/b', '/b')).toBe(false)
  expect(matches('', 'a')).toBe(false)
})

test('many stars take no longer than one for each', () => {
  expect(openGlob(`${'*'.repeat(200)}b`)('a'.repeat(200))).toBe(false)
  expect(openGlob(`${'*a'.repeat(100)}*b`)('a'.repeat(200))).toBe(false)
  expect(openGlob(`${'**a'.repeat(100)}*b`)('a'.repeat(200))).toBe(false)
  expect(openGlob(`${'**/'.repeat(100)}b`)('a/'.repeat(200))).toBe(false)
})
