import {existsSync} from 'node:fs'
import {readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import type {Stored} from '../engine/program.ts'
import {hashTensor} from './hash-tensor.ts'
import {withMeanRow} from './mean-row.ts'
import {readSafetensors, readTensor, writeSafetensors} from './safetensors.ts'

let folder: string
beforeEach(async () => {
  folder = openFolder()
})

async function stored(
  dtype: 'float32' | 'bfloat16' | 'float16',
  data: number[],
  shape: [number, number],
): Promise<Stored> {
  const file = join(folder, 'model.safetensors')
  await writeSafetensors(file, {w: {dtype, shape, data: Float32Array.from(data)}})
  return (await readSafetensors(file)).w
}

test('the new row is the mean of all rows', async () => {
  const found = await withMeanRow(await stored('float32', [1, 2, 3, 6, 5, 1], [3, 2]), 3, {cache: join(folder, 'c')})
  expect(found).toMatchObject({dtype: 'float32', shape: [4, 2]})
  expect([...(await readTensor(found))]).toEqual([1, 2, 3, 6, 5, 1, 3, 3])
})

test('the mean is summed in float64', async () => {
  const rows = [2 ** 24, 1, 1]
  const found = await withMeanRow(await stored('float32', rows, [3, 1]), 3, {cache: folder})
  expect((await readTensor(found))[3]).toBe((2 ** 24 + 2) / 3)
})

test('rows without a token are removed, and do not count', async () => {
  const found = await withMeanRow(await stored('float32', [1, 2, 3, 6, 5, 1], [3, 2]), 2, {cache: folder})
  expect([...(await readTensor(found))]).toEqual([1, 2, 3, 6, 2, 4])
})

test('sixteen bits stay sixteen bits, and the old rows are unchanged', async () => {
  const found = await withMeanRow(await stored('bfloat16', [1, 1.5], [2, 1]), 2, {cache: folder})
  expect(found.dtype).toBe('bfloat16')
  expect([...(await readTensor(found))]).toEqual([1, 1.5, 1.25])
})

test('the result is cached, and written again if it is damaged', async () => {
  const cache = join(folder, 'cache')
  const old = await stored('float32', [1, 2], [2, 1])
  const first = await withMeanRow(old, 2, {cache})
  expect(await withMeanRow(old, 2, {cache})).toEqual(first)
  const [name] = await readdir(cache)
  const bytes = await readFile(join(cache, name))
  for (const damaged of ['damaged', Buffer.from(bytes).fill(7, bytes.length - 1)]) {
    await writeFile(join(cache, name), damaged)
    expect([...(await readTensor(await withMeanRow(old, 2, {cache})))]).toEqual([1, 2, 1.5])
  }
})

/** A folder where nobody can write. */
const SEALED = '/sys/kernel'

test.runIf(existsSync(SEALED)).each(['float32', 'bfloat16', 'float16'] as const)(
  'in a cache that is read-only, the result stays in memory: %s',
  async dtype => {
    const old = await stored(dtype, [1, 1.5], [2, 1])
    const found = await withMeanRow(old, 2, {cache: SEALED})
    expect(found).toMatchObject({dtype, at: {data: expect.anything()}})
    expect([...(await readTensor(found))]).toEqual([1, 1.5, 1.25])
    expect(await hashTensor(found)).toBe(await hashTensor(await withMeanRow(old, 2, {cache: folder})))
  },
)
