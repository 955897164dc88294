import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {execa} from 'execa'
import {parquetWriteBuffer} from 'hyparquet-writer'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {readParquetImages} from './parquet.ts'
import {prepareOne} from './prepare-one.ts'
import {readImages} from './read.ts'
import {hashSources, nameOf, openReader} from './source.ts'

const IMAGES = join(import.meta.dirname, '../../test/datasets/images')
const folder = openFolder()

const cifar = join(IMAGES, 'cifar.parquet')
const labels = Array.from({length: 12}, (_, i) => i % 3)

test.each(['cifar', 'food'])('the images of %s.parquet have their classes in the order of the labels', async name => {
  const file = join(IMAGES, `${name}.parquet`)
  const {classes, images} = await readParquetImages(file)
  expect(classes).toEqual(['ship', 'apple', 'kite'])
  expect(images.map(({label}) => label)).toEqual(labels)
  expect(nameOf(images[4].source)).toBe(`${file}: row 5`)
})

test.each([
  [['image', 'labels'], undefined],
  [['photo', 'species'], {image: 'photo', label: 'species'}],
])('images are read from the columns %j, given %j', async ([image, label], columns) => {
  const features = {[image]: {_type: 'Image'}, [label]: {names: ['cat', 'dog'], _type: 'ClassLabel'}}
  const bytes = parquetWriteBuffer({
    schema: [
      {name: 'root', num_children: 2},
      {name: image, num_children: 1, repetition_type: 'OPTIONAL'},
      {name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL'},
      {name: label, type: 'INT64', repetition_type: 'OPTIONAL'},
    ],
    columnData: [
      {name: image, data: [{bytes: Uint8Array.of(1)}, {bytes: Uint8Array.of(2)}]},
      {name: label, data: [1n, 0n]},
    ],
    kvMetadata: [{key: 'huggingface', value: JSON.stringify({info: {features}})}],
  })
  const file = join(folder, 'named.parquet')
  await writeFile(file, new Uint8Array(bytes))
  const {classes, images} = await readImages(file, columns)
  expect(classes).toEqual(['cat', 'dog'])
  expect(images.map(({label}) => label)).toEqual([1, 0])
  expect(await openReader()(images[1].source)).toEqual(Uint8Array.of(2))
  const known = columns?.image === undefined ? {} : {image}
  await expect(readImages(file, {...known, label: 'kind'})).rejects.toThrow(
    `${file}: no column of labels named kind; found: ${image}, ${label}`,
  )
})

test('images are read in any order, out of any row group', async () => {
  const {images} = await readParquetImages(cifar)
  const read = openReader()
  for (const i of [11, 0, 6, 5, 1]) {
    const bytes = await read(images[i].source)
    expect(Buffer.from(bytes.subarray(1, 4)).toString()).toBe('PNG')
    expect(await openReader()(images[i].source)).toEqual(bytes)
    const planes = await prepareOne(images[i].source, {width: 8, height: 8, filter: 'bilinear'})
    expect([planes[0], planes[8 + (i % 4)]]).toEqual([90 + i, ((i % 3) * 80) % 256]) // its ground, its square
  }
})

test('the hash of images depends on their bytes, not on their files', async () => {
  const {images} = await readParquetImages(cifar)
  const sources = images.slice(3, 8).map(({source}) => source)
  const read = openReader()
  const copies = await Promise.all(
    sources.map(async (source, i) => {
      const file = join(folder, `${i}.png`)
      await writeFile(file, await read(source))
      return {at: {file}}
    }),
  )
  expect(await hashSources(sources)).toBe(await hashSources(copies))
})

test('threads prepare the images of a table as this thread does', async () => {
  const script = join(folder, 'threads.mjs')
  const dist = pathToFileURL(fileURLToPath(new URL('../../dist/images', import.meta.url))).href
  await writeFile(
    script,
    `import {readParquetImages} from '${dist}/parquet.js'
import {prepare} from '${dist}/prepare.js'
const {images} = await readParquetImages('${cifar}')
const sources = [...images, ...images].map(({source}) => source)
const grounds = []
for await (const planes of prepare(sources, {width: 8, height: 8, filter: 'bilinear', threads: 2})) grounds.push(planes[0])
console.log(JSON.stringify(grounds))`,
  )
  const {stdout} = await execa(process.execPath, [script])
  expect(JSON.parse(stdout)).toEqual([...labels, ...labels].map((_, i) => 90 + (i % 12)))
})

test('labels without class names are a fault', async () => {
  const file = join(IMAGES, 'plain.parquet')
  await expect(readParquetImages(file)).rejects.toMatchObject({
    kind: 'input',
    message: `${file}: its Hugging Face metadata do not contain the class names of label`,
  })
})

test('a table without images is a fault that lists its columns', async () => {
  const table = join(IMAGES, '../cola')
  await expect(readParquetImages(table)).rejects.toThrow(
    'no column of images ({bytes, path}) named image or img; found: sentence, label, idx',
  )
})

test('a label beyond the classes is a fault that names its row', async () => {
  const bytes = await readFile(cifar)
  const note = Buffer.from('"ship", "apple", "kite"')
  const at = bytes.indexOf(note)
  expect(at).toBeGreaterThan(0)
  Buffer.from('"ship", "apple"        ').copy(bytes, at)
  const file = join(folder, 'two.parquet')
  await writeFile(file, bytes)
  await expect(readParquetImages(file)).rejects.toThrow(`${file}: row 3: fine_label is 2; 0 to 1 are the classes`)
})

test('a row with only the path of an image is a fault with advice, and one without an image is another', async () => {
  const features = {image: {_type: 'Image'}, label: {names: ['cat'], _type: 'ClassLabel'}}
  const bytes = parquetWriteBuffer({
    schema: [
      {name: 'root', num_children: 2},
      {name: 'image', num_children: 2, repetition_type: 'OPTIONAL'},
      {name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL'},
      {name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL'},
      {name: 'label', type: 'INT64', repetition_type: 'OPTIONAL'},
    ],
    columnData: [
      {name: 'image', data: [{bytes: null, path: '/photos/cat.png'}, null]},
      {name: 'label', data: [0n, 0n]},
    ],
    kvMetadata: [{key: 'huggingface', value: JSON.stringify({info: {features}})}],
  })
  const file = join(folder, 'paths.parquet')
  await writeFile(file, new Uint8Array(bytes))
  const {images} = await readParquetImages(file)
  await expect(openReader()(images[0].source)).rejects.toThrow(
    `${file}: row 1: column image has only the path of an image; use the folder of the images, or embed them in the file (embed_table_storage of datasets)`,
  )
  await expect(openReader()(images[1].source)).rejects.toThrow(/: row 2: column image has no image here$/)
})

test('a row that no longer exists is a fault', async () => {
  const source = {at: {file: cifar, column: 'img', row: 12}}
  await expect(openReader()(source)).rejects.toThrow(`${cifar}: has no row 13; was it changed while being read?`)
})
