import {mkdir, writeFile} from 'node:fs/promises'
import {basename, dirname, join, relative} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {findShards} from './shards.ts'

const root = openFolder()

let made = 0
async function folderOf(...names: string[]): Promise<string> {
  const folder = join(root, `${made++}`)
  await mkdir(folder)
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), {recursive: true})
    await writeFile(join(folder, name), '')
  }
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
  await expect(findShards(both)).rejects.toThrow('contains several tables; choose one: test, train')
  const twice = await folderOf(...['0-of-00001', '0-of-00002', '1-of-00002'].map(end => `train-0000${end}.parquet`))
  await expect(findShards(twice)).rejects.toThrow(
    `${twice}: contains the table in 1 and in 2 parts; remove all but one`,
  )
  const loose = await folderOf('a.parquet', 'b.parquet')
  await expect(findShards(loose)).rejects.toThrow('a.parquet, b.parquet')
  expect(await found(join(loose, '*.parquet'))).toEqual(['a.parquet', 'b.parquet'])
})

test('a pattern with ** stands for files in subfolders too, in the order of their paths', async () => {
  const folder = await folderOf('b/a.jsonl', 'a/z.jsonl', 'a/b/c.jsonl', 'd.jsonl', 'a/e.csv', '.git/f.jsonl')
  const below = async (pattern: string) =>
    (await findShards(join(folder, pattern))).map(file => relative(folder, file).replaceAll('\\', '/'))
  expect(await below('**.jsonl')).toEqual(['a/b/c.jsonl', 'a/z.jsonl', 'b/a.jsonl', 'd.jsonl'])
  expect(await below('**')).toEqual(['a/b/c.jsonl', 'a/e.csv', 'a/z.jsonl', 'b/a.jsonl', 'd.jsonl'])
  await expect(below('**.tsv')).rejects.toThrow('no such files')
})

test('shards in several folders are complete, each folder by itself, and of one table', async () => {
  const one = 'test-00000-of-00001.parquet'
  const subjects = await folderOf(`geometry/${one}`, `algebra/${one}`)
  expect(await findShards(join(subjects, '**.parquet'))).toEqual([
    join(subjects, 'algebra', one),
    join(subjects, 'geometry', one),
  ])
  const [first, second] = ['test-00000-of-00002.parquet', 'test-00001-of-00002.parquet']
  const half = await folderOf(`algebra/${first}`, `algebra/${second}`, `geometry/${second}`)
  const missing = `${join(half, 'geometry')}: 1 of 2 parts are here; download the others too`
  await expect(findShards(join(half, '**.parquet'))).rejects.toThrow(missing)
  const splits = await folderOf(`algebra/${one}`, 'algebra/train-00000-of-00001.parquet')
  await expect(findShards(join(splits, '**.parquet'))).rejects.toThrow('choose one: test, train')
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
