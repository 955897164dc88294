import {existsSync, readFileSync} from 'node:fs'
import {readdir, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {type Shape, type Stored, size} from '../engine/program.ts'
import {hashTensor} from '../weights/hash-tensor.ts'
import {readSafetensors, readTensor, writeSafetensors} from '../weights/safetensors.ts'
import {truncate} from './truncate.ts'

const counting = (shape: Shape, from: number) => Float32Array.from({length: size(shape)}, (_, i) => from + i)
const inMemory = (shape: Shape, from: number): Stored => ({dtype: 'float32', shape, at: {data: counting(shape, from)}})

test('the leading singular vectors are the first columns of U and the first rows of Vᵀ', async () => {
  const whole = {u: inMemory([3, 4], 0), sigma: inMemory([4], 100), v: inMemory([4, 2], 200)}
  const {u, sigma, v} = await truncate(whole, 2)
  expect([u.shape, sigma.shape, v.shape]).toEqual([[3, 2], [2], [2, 2]])
  expect(await readTensor(u)).toEqual(Float32Array.of(0, 1, 4, 5, 8, 9))
  expect(await readTensor(sigma)).toEqual(Float32Array.of(100, 101))
  expect(await readTensor(v)).toEqual(Float32Array.of(200, 201, 202, 203))
  expect(await truncate(whole, 4)).toEqual(whole)
})

test.each(['float32', 'bfloat16'] as const)(
  'factors in a %s file stay in files, U as a copy that is made once',
  async dtype => {
    const folder = openFolder()
    const file = join(folder, 'factors.safetensors')
    const write = (shape: Shape, from: number) => ({dtype, shape, data: counting(shape, from)})
    await writeSafetensors(file, {u: write([5, 3], 0), s: write([3], 15), v: write([3, 4], 18)})
    const cut = async () => {
      const {u, s, v} = await readSafetensors(file)
      return truncate({u, sigma: s, v}, 2)
    }
    const {u, sigma, v} = await cut()
    expect(await readTensor(u)).toEqual(Float32Array.of(0, 1, 3, 4, 6, 7, 9, 10, 12, 13))
    expect(await readTensor(sigma)).toEqual(Float32Array.of(15, 16))
    expect(await readTensor(v)).toEqual(Float32Array.from({length: 8}, (_, i) => 18 + i))
    const [copy] = (await readdir(folder))
      .filter(name => name.endsWith('.r2.safetensors'))
      .map(name => join(folder, name))
    expect(u).toMatchObject({dtype, at: {file: copy}})
    expect([sigma, v]).toMatchObject([{at: {file}}, {at: {file}}])

    const {mtimeMs} = await stat(copy)
    expect((await cut()).u).toEqual(u)
    expect((await stat(copy)).mtimeMs).toBe(mtimeMs)
    await writeFile(copy, 'damaged')
    expect(await readTensor((await cut()).u)).toEqual(await readTensor(u))

    await writeSafetensors(file, {u: write([5, 3], 30), s: write([3], 15), v: write([3, 4], 18)}) // decomposed again
    expect(await readTensor((await cut()).u)).toEqual(Float32Array.of(30, 31, 33, 34, 36, 37, 39, 40, 42, 43))
  },
)

/** A file of at least 32 bytes in a folder where nobody can write. */
const SEALED = '/sys/kernel/notes'

test.runIf(existsSync(SEALED)).each(['float32', 'bfloat16'] as const)(
  'in a folder that is read-only, U’s leading columns are copied to memory: %s',
  async dtype => {
    const bytes = dtype === 'float32' ? 4 : 2
    const u: Stored = {dtype, shape: [4, 2], at: {file: SEALED, offset: 0, bytes: 8 * bytes}}
    const [sigma, v] = [inMemory([2], 0), inMemory([2, 3], 0)]
    const found = (await truncate({u, sigma, v}, 1)).u
    const raw = readFileSync(SEALED)
    const columns = Buffer.concat([0, 2, 4, 6].map(i => raw.subarray(i * bytes, (i + 1) * bytes)))
    expect(found).toMatchObject({dtype, shape: [4, 1]})
    expect(await hashTensor(found)).toBe(await hashTensor({dtype, shape: [4, 1], at: {data: new Uint8Array(columns)}}))
  },
)
