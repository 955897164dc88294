import {truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {hashSources, type ImageSource, nameOf, openReader} from './source.ts'

const folder = openFolder()
const file = join(folder, 'a.bin')
await writeFile(file, 'abcdefgh')

test('an image is a file or a range of one', async () => {
  const text = async (at: ImageSource['at']) => Buffer.from(await openReader()({at})).toString()
  expect(await text({file})).toBe('abcdefgh')
  expect(await text({file, offset: 2, bytes: 3})).toBe('cde')
  expect(await text({file, offset: 5})).toBe('fgh')
})

test('an image is named by its file and its position there', () => {
  expect(nameOf({at: {file}})).toBe(file)
  expect(nameOf({at: {file, offset: 2, bytes: 3}})).toBe(`${file}: image at byte 2`)
  expect(nameOf({at: {file, column: 'image', row: 6}})).toBe(`${file}: row 7`)
})

test('a file that cannot be read is a fault that names it', async () => {
  const missing = join(folder, 'none.jpg')
  const message = (at: ImageSource['at']) => openReader()({at}).catch(error => error.message)
  expect(await message({file: missing})).toBe(`${missing}: no such file or folder`)
  expect(await message({file: folder})).toBe(`${folder}: a folder, not a file`)
  expect(await message({file, offset: 6, bytes: 3})).toContain('image at byte 6: cut short: ends at byte 8')

  const pipe = join(folder, 'pipe.jpg')
  await execa('mkfifo', [pipe])
  expect(await message({file: pipe})).toBe(`${pipe}: not a regular file`)

  const large = join(folder, 'large.jpg')
  await writeFile(large, '')
  await truncate(large, 2 ** 28 + 1)
  expect(await message({file: large})).toBe(`${large}: too large for an image: 268435457 bytes`)
})

test('the hash depends on the bytes, their order and their form, not on their files', async () => {
  const copy = join(folder, 'copy.bin')
  await writeFile(copy, 'abcdefgh')
  const first = {at: {file}}
  const hash = await hashSources([first, {at: {file, bytes: 4}}])
  expect(await hashSources([{at: {file: copy}}, {at: {file: copy, bytes: 4}}])).toBe(hash)
  expect(await hashSources([{at: {file, bytes: 4}}, first])).not.toBe(hash)
  expect(await hashSources([first])).not.toBe(hash)
  expect(await hashSources([{...first, planes: {width: 1, height: 1}}])).not.toBe(await hashSources([first]))
})
