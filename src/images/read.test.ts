import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {readImages} from './read.ts'

const root = openFolder()

test("parquet files are recognized by their extension, by a pattern, or by a folder's contents", async () => {
  const cifar = join(import.meta.dirname, '../../test/datasets/images/cifar.parquet')
  const {classes, images} = await readImages(cifar)
  expect([classes.length, images.length]).toEqual([3, 12])
  expect(await readImages(cifar.replace('cifar.', 'c*.'))).toEqual({classes, images})
  await expect(readImages(join(cifar, '..'))).rejects.toThrow('contains several tables')
})

test('train.bin and test.bin are CIFAR-100, a folder is of class folders', async () => {
  const names = Array.from({length: 100}, (_, i) => `class ${i}`)
  await writeFile(join(root, 'fine_label_names.txt'), names.join('\n'))
  await writeFile(join(root, 'test.bin'), new Uint8Array(2 * 3074))
  const {classes, images} = await readImages(join(root, 'test.bin'))
  expect([classes, images.length]).toEqual([names, 2])

  await mkdir(join(root, 'folders/cat'), {recursive: true})
  await writeFile(join(root, 'folders/cat/1.png'), '')
  expect((await readImages(join(root, 'folders'))).classes).toEqual(['cat'])
  await expect(readImages(join(root, 'folders'), {label: 'kind'})).rejects.toThrow(
    'folders: data.columns is only for images in parquet files, which have columns; leave it out',
  )
})

test('any other path is a fault that lists the supported ones', async () => {
  const other = join(root, 'images.zip')
  await writeFile(other, '')
  await expect(readImages(other)).rejects.toThrow(`${other}: not images; known: .parquet, CIFAR-100's train.bin`)
  const none = join(root, 'none')
  await expect(readImages(none)).rejects.toThrow(`${none}: no such file or folder`)
})
