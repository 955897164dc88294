import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import type {Shape, Stored} from '../../engine/program.ts'
import {size} from '../../engine/program.ts'
import {readTensor} from '../../weights/safetensors.ts'
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

test('tensors in a file are not read into memory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'truncate-'))
  const file = join(folder, 'factors')
  await writeFile(file, counting([3 * 5 + 3 + 3 * 4], 0))
  const at = (shape: Shape, offset: number): Stored => ({
    dtype: 'float32',
    shape,
    at: {file, offset: offset * 4, bytes: size(shape) * 4},
  })
  const {u, sigma, v} = await truncate({u: at([5, 3], 0), sigma: at([3], 15), v: at([3, 4], 18)}, 2)
  expect(await readTensor(u)).toEqual(Float32Array.of(0, 1, 3, 4, 6, 7, 9, 10, 12, 13))
  expect(sigma).toEqual(at([2], 15))
  expect(v).toEqual(at([2, 4], 18))
  await rm(folder, {recursive: true})
})
