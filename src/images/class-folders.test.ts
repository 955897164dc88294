import {mkdir, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {readClassFolders} from './class-folders.ts'

const scratch = openFolder()

/** A folder with these empty files; a name that ends in / is a folder. */
async function folderOf(name: string, files: readonly string[]): Promise<string> {
  const folder = join(scratch, name)
  await mkdir(folder)
  for (const file of files) {
    await mkdir(join(folder, file.endsWith('/') ? file : dirname(file)), {recursive: true})
    if (!file.endsWith('/')) await writeFile(join(folder, file), '')
  }
  return folder
}

test('classes and images are sorted by their names', async () => {
  const files = ['rose/10.jpg', 'rose/2.JPEG', 'Iris/a.png', '.DS_Store', 'rose/.DS_Store', 'étoile/x.jpg']
  const folder = await folderOf('good', files)
  expect(await readClassFolders(folder)).toEqual({
    classes: ['Iris', 'rose', 'étoile'],
    images: [
      {source: {at: {file: join(folder, 'Iris/a.png')}}, label: 0},
      {source: {at: {file: join(folder, 'rose/10.jpg')}}, label: 1},
      {source: {at: {file: join(folder, 'rose/2.JPEG')}}, label: 1},
      {source: {at: {file: join(folder, 'étoile/x.jpg')}}, label: 2},
    ],
  })
})

test('files beside the class folders are ignored, unless they are images', async () => {
  const folder = await folderOf('beside', ['rose/1.jpg', 'iris/1.jpg', 'README.txt', 'labels.csv'])
  expect((await readClassFolders(folder)).classes).toEqual(['iris', 'rose'])
})

test.each([
  ['empty', [], 'empty: no images here; they are read from '],
  ['unsorted', ['1.webp'], 'unsorted: no images here; they are read from '],
  ['flat', ['1.jpg'], 'flat/1.jpg: not a folder; images are read from '],
  ['hollow', ['rose/1.jpg', 'tulip/'], 'hollow/tulip: no images of this class here'],
  [
    'nested',
    ['rose/1.jpg', 'rose/red/1.jpg'],
    'nested/rose/red: a folder within a class; move its images up, as they are ',
  ],
  ['parent', ['train/rose/1.jpg', 'val/rose/1.jpg'], 'parent: a folder of splits, not of classes; give one of them: '],
  [
    'mixed',
    ['rose/1.jpg', 'rose/notes.txt'],
    'mixed/rose/notes.txt: not named .jpg, .jpeg or .png; convert it, or move it out',
  ],
])('a folder that is %s is a fault', async (name, files, message) => {
  const wanted = expect.stringContaining(join(scratch, message))
  await expect(readClassFolders(await folderOf(name, files))).rejects.toMatchObject({kind: 'input', message: wanted})
})

test('a missing folder is a fault', async () => {
  const folder = join(scratch, 'none')
  await expect(readClassFolders(folder)).rejects.toMatchObject({message: `${folder}: no such file or folder`})
})
