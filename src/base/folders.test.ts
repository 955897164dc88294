import {homedir} from 'node:os'
import {join, resolve} from 'node:path'
import {afterEach, expect, test, vi} from 'vitest'
import {cacheFolder} from './folders.ts'

afterEach(() => void vi.unstubAllEnvs())

test.each([
  ['/a', '/b', '/a'],
  ['', '/b', '/b/svft'],
  ['', '', join(homedir(), '.cache/svft')],
  ['a', '/b', resolve('a')],
  ['', 'b', join(homedir(), '.cache/svft')],
])('with SVFT_CACHE=%s and XDG_CACHE_HOME=%s the cache is %s', (own, all, expected) => {
  vi.stubEnv('SVFT_CACHE', own)
  vi.stubEnv('XDG_CACHE_HOME', all)
  expect(cacheFolder()).toBe(expected)
})

test('in a relative HOME, the cache is below the working folder', () => {
  for (const [name, value] of Object.entries({SVFT_CACHE: '', XDG_CACHE_HOME: '', HOME: 'h'})) vi.stubEnv(name, value)
  expect(cacheFolder()).toBe(resolve('h/.cache/svft'))
})
