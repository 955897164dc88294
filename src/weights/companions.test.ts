import {mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {copyCompanions} from './companions.ts'

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
