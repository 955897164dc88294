import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {findShards} from './shards.ts'

const root = await mkdtemp(join(tmpdir(), 'shards-'))
afterAll(() => rm(root, {recursive: true}))

let made = 0
async function folderOf(...names: string[]): Promise<string> {
  const folder = join(root, `${made++}`)
  await mkdir(folder)
  for (const name of names) await writeFile(join(folder, name), '')
  return folder
}

const found = async (path: string) => (await findShards(path)).map(file => basename(file))

test('a path stands for itself, whether it is there or not', async () => {
  expect(await findShards('a/b.jsonl')).toEqual(['a/b.jsonl'])
  const folder = await folderOf('train-00001-of-00002.parquet')
  expect(await found(join(folder, 'train-00001-of-00002.parquet'))).toEqual(['train-00001-of-00002.parquet'])
})

test('a folder stands for its parquet files, a pattern for what matches, in order', async () => {
  const shards = ['train-00000-of-00003.parquet', 'train-00001-of-00003.parquet', 'train-00002-of-00003.parquet']
  const folder = await folderOf(shards[2], shards[0], shards[1], 'README.md')
  expect(await found(folder)).toEqual(shards)
  expect(await found(join(folder, 'train-*.parquet'))).toEqual(shards)
  const other = await folderOf('b.jsonl', 'a.jsonl', '.c.jsonl', 'ab.jsonl', 'a+jsonl')
  expect(await found(join(other, '?.jsonl'))).toEqual(['a.jsonl', 'b.jsonl'])
  const hashed = await folderOf('train-00000-of-00001-b42a775f407cee45.parquet')
  expect(await found(hashed)).toEqual(['train-00000-of-00001-b42a775f407cee45.parquet'])
})

test('a part that is missing is a fault, and so are several tables where one is wanted', async () => {
  const part = await folderOf('train-00000-of-00002.parquet')
  await expect(findShards(part)).rejects.toThrow(`${part}: 1 of 2 parts are here; download the others too`)
  await expect(findShards(join(part, 'train-*'))).rejects.toThrow('1 of 2 parts are here')
  const both = await folderOf('test-00000-of-00001.parquet', 'train-00000-of-00001.parquet')
  await expect(findShards(both)).rejects.toThrow('holds several tables, of which one must be chosen: test, train')
  const loose = await folderOf('a.parquet', 'b.parquet')
  await expect(findShards(loose)).rejects.toThrow('a.parquet, b.parquet')
  expect(await found(join(loose, '*.parquet'))).toEqual(['a.parquet', 'b.parquet'])
})

test('nothing that matches is a fault', async () => {
  const folder = await folderOf('a.txt')
  await expect(findShards(folder)).rejects.toMatchObject({
    kind: 'io',
    message: `${folder}: a folder without parquet files`,
  })
  await expect(findShards(join(folder, '*.parquet'))).rejects.toThrow('no such files')
  await expect(findShards(join(folder, 'none', '*.parquet'))).rejects.toMatchObject({kind: 'io'})
})
