import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import type {Named, Stored} from '../engine/program.ts'
import {hashTensor, hashTensors} from './hash-tensor.ts'
import {readSafetensors, writeSafetensors} from './safetensors.ts'

const root = openFolder()

test('the sha256 of a tensor covers dtype, shape and bytes, not their location', async () => {
  const data = Float32Array.of(0.5, 1.5)
  const bytes = new Uint8Array(data.buffer)
  const file = join(root, 'model.safetensors')
  await writeSafetensors(file, {gain: {dtype: 'float32', shape: [2], data}})
  const {gain} = await readSafetensors(file)
  const stored = await hashTensor(gain)
  expect(stored).toMatch(/^[0-9a-f]{64}$/)
  expect(await hashTensor({dtype: 'float32', shape: [2], at: {data}})).toBe(stored)
  const others = [
    await hashTensor({dtype: 'float32', shape: [2, 1], at: {data}}),
    await hashTensor({dtype: 'int32', shape: [2], at: {data}}),
    await hashTensor({dtype: 'uint8', shape: [8], at: {data: bytes}}),
    await hashTensor({dtype: 'float32', shape: [2], at: {data: Float32Array.of(0.5, -1.5)}}),
  ]
  expect(new Set([stored, ...others]).size).toBe(5)
})

test('the sha256 of tensors depends on every byte, name and shape, and on no location', async () => {
  const u: Stored = {dtype: 'float32', shape: [2, 2], at: {data: Float32Array.of(1, 2, 3, 4)}}
  const file = join(root, 'u')
  writeFileSync(file, Buffer.concat([Buffer.from('head'), Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)]))
  const hash = await hashTensors({u, v: u})
  expect(await hashTensors({v: u, u: {...u, at: {file, offset: 4, bytes: 16}}})).toBe(hash)
  const others: Named<Stored>[] = [
    {u, v: {...u, at: {data: Float32Array.of(1, 2, 3, -4)}}},
    {u, v: {...u, shape: [4]}},
    {u, w: u},
    {u},
  ]
  const hashes = await Promise.all(others.map(hashTensors))
  expect(new Set([hash, ...hashes]).size).toBe(5)
})
