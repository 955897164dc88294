import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {readCifar100} from './cifar100.ts'
import {prepareOne} from './prepare-one.ts'

const folder = openFolder()
const names = Array.from({length: 100}, (_, i) => `class ${i}`)

/** A record: coarse and fine label, then 3 planes of 32 × 32. */
const record = (coarse: number, fine: number) =>
  Uint8Array.from({length: 3074}, (_, i) => (i === 0 ? coarse : i === 1 ? fine : (i * 31 + fine) % 256))

beforeEach(async () => {
  await writeFile(join(folder, 'fine_label_names.txt'), `${names.join('\n')}\n`)
  await writeFile(join(folder, 'test.bin'), Buffer.concat([record(3, 99), record(19, 0), record(0, 42)]))
})

test('a record is a fine label and an image of 32 × 32', async () => {
  const {classes, images} = await readCifar100(folder, 'test')
  expect(classes).toEqual(names)
  expect(images.map(({label}) => label)).toEqual([99, 0, 42])
  const planes = await prepareOne(images[1].source, {width: 32, height: 32, filter: 'bilinear'})
  expect(planes).toEqual(record(19, 0).slice(2))
})

test.each([
  [
    'test.bin',
    record(0, 0).slice(0, 3000),
    'test.bin: 3000 bytes, not a multiple of the record size 3074; if it is truncated, copy it again',
  ],
  ['test.bin', '', 'test.bin: 0 bytes, not a multiple of the record size 3074; if it is truncated, copy it again'],
  ['test.bin', record(0, 100), 'test.bin: record 0: the fine label is above 99: 100'],
  ['fine_label_names.txt', 'apple\nbear\n', 'fine_label_names.txt: 2 class names; 100 are needed'],
])('%s with other content is a fault that names the defect', async (name, content, message) => {
  await writeFile(join(folder, name), content)
  await expect(readCifar100(folder, 'test')).rejects.toMatchObject({kind: 'input', message: join(folder, message)})
})

test('a missing split is a fault', async () => {
  const message = `${join(folder, 'train.bin')}: no such file or folder`
  await expect(readCifar100(folder, 'train')).rejects.toMatchObject({message})
})
