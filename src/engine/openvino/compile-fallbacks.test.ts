import {expect, test} from 'vitest'
import {compileWithFallbacks, WITHOUT_FUSION} from './compile-fallbacks.ts'

const CACHE = {CACHE_DIR: 'programs'}

/** What is tried if compiling fails with these errors, one after the other; the last try succeeds. */
async function triesAfter(errors: readonly string[], cache: Readonly<Record<string, string>>) {
  const tried: object[] = []
  const compiled = await compileWithFallbacks(async chosen => {
    const error = errors[tried.push(chosen) - 1]
    if (error !== undefined) throw new Error(error)
    return 'compiled'
  }, cache)
  expect(compiled).toBe('compiled')
  return tried
}

const UNREADABLE = 'filesystem error: cannot remove: Operation not permitted [programs/1.blob]'
const FUSION = 'Check failed: [TokenizeSnippets] unexpected'

test('a program whose cached file can be neither read nor replaced is compiled without the cache', async () => {
  expect(await triesAfter([], CACHE)).toEqual([CACHE])
  expect(await triesAfter([UNREADABLE], CACHE)).toEqual([CACHE, {}])
})

test('fusion is left out where its pass fails, with the cache and without it', async () => {
  expect(await triesAfter([FUSION], CACHE)).toEqual([CACHE, {...CACHE, ...WITHOUT_FUSION}])
  expect(await triesAfter([FUSION], {})).toEqual([{}, WITHOUT_FUSION])
  expect(await triesAfter([UNREADABLE, FUSION], CACHE)).toEqual([CACHE, {}, WITHOUT_FUSION])
})

test('an error that no other way avoids is thrown', async () => {
  await expect(triesAfter(['no such op'], {})).rejects.toThrow('no such op')
  await expect(triesAfter(['no such op', 'no such op'], CACHE)).rejects.toThrow('no such op')
})
