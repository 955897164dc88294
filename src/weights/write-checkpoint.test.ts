import {writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {openCheckpoint} from './checkpoint.ts'
import {writeWeights} from './write-checkpoint.ts'

test('a shard holds as many tensors as fit in it, and one that is too large alone', async () => {
  const folder = openFolder()
  const tensor = (length: number) => ({dtype: 'float32', shape: [length], data: new Float32Array(length)}) as const
  await writeWeights(folder, {a: tensor(9), b: tensor(2), c: tensor(2), d: tensor(1)}, {shardBytes: 16})
  writeFileSync(join(folder, 'config.json'), '{}')
  const {tensors} = await openCheckpoint(folder)
  const files = Object.entries(tensors).map(([name, {at}]) => [name, 'file' in at && basename(at.file)])
  expect(Object.fromEntries(files)).toEqual({
    a: 'model-00001-of-00003.safetensors',
    b: 'model-00002-of-00003.safetensors',
    c: 'model-00002-of-00003.safetensors',
    d: 'model-00003-of-00003.safetensors',
  })
})
