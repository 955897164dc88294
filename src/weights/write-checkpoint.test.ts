import {mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {openCheckpoint} from './checkpoint.ts'
import {copyCompanions, writeWeights} from './write-checkpoint.ts'

let root: string
let to: string
beforeEach(() => {
  root = openFolder()
  to = join(root, 'copy')
  mkdirSync(to)
})

/** Writes a file below the root, and returns its path. */
function write(name: string): string {
  const path = join(root, name)
  mkdirSync(join(path, '..'), {recursive: true})
  writeFileSync(path, name)
  return path
}

test('files, links to files of the same name and links to files named by their hash, as in caches, are copied as files', async () => {
  const blob = write(`hub/blobs/${'5f3a'.repeat(10)}`)
  const from = join(root, 'hub/snapshots/main')
  write('hub/snapshots/main/vocab.json')
  symlinkSync(blob, join(from, 'tokenizer.json'))
  symlinkSync(write('elsewhere/merges.txt'), join(from, 'merges.txt'))
  await copyCompanions(from, to)
  const copied = Object.fromEntries(readdirSync(to).map(name => [name, readFileSync(join(to, name), 'utf8')]))
  expect(copied).toEqual({
    'tokenizer.json': `hub/blobs/${'5f3a'.repeat(10)}`,
    'merges.txt': 'elsewhere/merges.txt',
    'vocab.json': 'hub/snapshots/main/vocab.json',
  })
})

test('a link to any other file is refused, as its content would be published', async () => {
  const token = write('home/token')
  write('model/vocab.json')
  symlinkSync(token, join(root, 'model/merges.txt'))
  await expect(copyCompanions(join(root, 'model'), to)).rejects.toMatchObject({
    kind: 'input',
    message: `${join(root, 'model/merges.txt')} is a link to ${token}; if it is part of the model, put a copy in its place`,
  })
})

test('a shard holds as many tensors as fit in it, and one that is too large alone', async () => {
  const tensor = (length: number) => ({dtype: 'float32', shape: [length], data: new Float32Array(length)}) as const
  await writeWeights(to, {a: tensor(9), b: tensor(2), c: tensor(2), d: tensor(1)}, {shardBytes: 16})
  writeFileSync(join(to, 'config.json'), '{}')
  const {tensors} = await openCheckpoint(to)
  const files = Object.entries(tensors).map(([name, {at}]) => [name, 'file' in at && basename(at.file)])
  expect(Object.fromEntries(files)).toEqual({
    a: 'model-00001-of-00003.safetensors',
    b: 'model-00002-of-00003.safetensors',
    c: 'model-00002-of-00003.safetensors',
    d: 'model-00003-of-00003.safetensors',
  })
})
