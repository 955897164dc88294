import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, tinyRecipe, writeLines} from '../../test/support/workplace.ts'
import {isOnDisk, locateData} from '../recipes/data/locate-sources.ts'
import {listMissingPaths, missingBytes, missingOfUnknownSize} from './inputs.ts'

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  for (const part of [1, 2]) writeLines(join(folder, `part-${part}.jsonl`), [{question: `${part}?`, answer: '#### 1'}])
})

test('a local path with a * is here if a file matches it, or some of its parts do', async () => {
  expect(await isOnDisk(join(folder, 'part-*.jsonl'))).toBe(true)
  expect(await isOnDisk(join(folder, 'no-*.jsonl'))).toBe(false)
  expect(await isOnDisk(join(folder, 'none', '*.jsonl'))).toBe(false)
  writeFileSync(join(folder, 'half-00000-of-00002.parquet'), '')
  expect(await isOnDisk(join(folder, 'half-*.parquet'))).toBe(true) // its reader names the missing part

  const recipe = await tinyRecipe(folder, {data: {train: 'part-*.jsonl', test: {gsm8k: 'no-*.jsonl'}}})
  expect(await listMissingPaths([recipe])).toEqual([join(folder, 'no-*.jsonl')])
})

test('validation data that no split reads may be missing', async () => {
  const data = {train: 'train.jsonl', validation: 'later.jsonl', test: {gsm8k: 'test.jsonl'}}
  const unread = await tinyRecipe(folder, {data, evaluate: {splits: ['gsm8k']}})
  expect(await listMissingPaths([unread])).toEqual([])
  expect(await locateData(unread)).toMatchObject(unread.data)

  const read = await tinyRecipe(folder, {data, evaluate: {splits: ['validation']}})
  expect(await listMissingPaths([read])).toEqual([join(folder, 'later.jsonl')])
  await expect(locateData(read)).rejects.toThrow('later.jsonl: no such file or folder')
})

test('what is missing is to be fetched once, and what is here is not', () => {
  const part = (name: string, bytes?: number, here = false) => ({name, bytes, here})
  const once = [part('a/b', 7), part('a/c', 5, true), part('a/d'), part('a/e', undefined, true)]
  const twice = [...once, ...once]
  expect([missingBytes(twice), missingOfUnknownSize(twice)]).toEqual([7, 1])
})
