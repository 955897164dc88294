import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, expect, test} from 'vitest'
import {prepare} from '../../../src/images/prepare.ts'
import {openReader} from '../../../src/images/source.ts'
import {TASKS} from '../../../src/tasks/index.ts'
import {SIDE} from './glyphs.ts'
import {writeImages} from './images.ts'
import {pretraining} from './suite.ts'

const folder = await mkdtemp(join(tmpdir(), 'svft-vision-'))
afterAll(() => rm(folder, {recursive: true}))

const {images: task} = TASKS
const digits = (split: string) =>
  task.readExamples(fileURLToPath(new URL(`../../../configs/vision/mini/data/${split}.parquet`, import.meta.url)))

test('the task reads 1,797 digits of ten classes, at least 60 of each to train on', async () => {
  const [train, test] = await Promise.all(['train', 'test'].map(digits))
  expect([train.images.length, test.images.length]).toEqual([797, 1000])
  expect(train.classes).toEqual([...'0123456789'])
  expect(test.classes).toEqual(train.classes)
  const counts = train.classes.map((_, digit) => train.images.filter(({label}) => label === digit).length)
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(60)
})

test('a zero is dark around a light middle, on white', async () => {
  const {images} = await digits('train')
  const zeros = images
    .filter(({label}) => label === 0)
    .slice(0, 16)
    .map(({source}) => source)
  const mean = new Float64Array(64)
  for await (const planes of prepare(zeros, {width: 8, height: 8, filter: 'bilinear'}))
    for (let i = 0; i < 64; i++) mean[i] += planes[i] / zeros.length
  const at = (row: number, column: number) => mean[8 * row + column]
  expect(at(0, 0)).toBeGreaterThan(250)
  expect(Math.max(at(4, 2), at(4, 5))).toBeLessThan(at(4, 3) - 60)
})

test('no scan of the test is among those to train on', async () => {
  const bytes = async (split: string) => {
    const {images} = await digits(split)
    const read = openReader() // one for all, since it caches the last rows
    const scans: string[] = []
    for (const {source} of images) scans.push(Buffer.from(await read(source)).toString('hex'))
    return scans
  }
  const known = new Set(await bytes('train'))
  expect(known.size).toBeGreaterThan(790)
  expect((await bytes('test')).filter(scan => known.has(scan))).toEqual([])
})

test('drawings are the same whenever they are drawn, and come back from their file', async () => {
  const drawn = pretraining(2)
  expect(pretraining(1, 1).images[5]).toEqual(drawn.images[11])
  expect(drawn.images.map(({label}) => label)).toEqual(Array.from({length: 128}, (_, i) => Math.floor(i / 2)))
  const file = join(folder, 'drawings.parquet')
  await writeImages(file, drawn)
  const {classes, images} = await task.readExamples(file)
  expect(classes).toEqual(drawn.classes)
  let i = 0
  const size = {width: SIDE, height: SIDE, filter: 'bilinear'} as const
  const sources = images.slice(0, 16).map(({source}) => source)
  for await (const planes of prepare(sources, size)) expect(planes).toEqual(planesOf(drawn.images[i++].grey))
})

const planesOf = (grey: Uint8Array) => new Uint8Array([...grey, ...grey, ...grey])
