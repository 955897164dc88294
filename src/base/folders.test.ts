import {homedir} from 'node:os'
import {join} from 'node:path'
import {afterEach, expect, test, vi} from 'vitest'
import {cacheFolder} from './folders.ts'

afterEach(() => void vi.unstubAllEnvs())

test.each([
  ['/a', '/b', '/a'],
  ['', '/b', '/b/svft'],
  ['', '', join(homedir(), '.cache/svft')],
])('with SVFT_CACHE=%s and XDG_CACHE_HOME=%s the cache is %s', (own, all, expected) => {
  vi.stubEnv('SVFT_CACHE', own)
  vi.stubEnv('XDG_CACHE_HOME', all)
  expect(cacheFolder()).toBe(expected)
})
