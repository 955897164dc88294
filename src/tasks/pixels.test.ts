import {mkdtemp, readdir, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import sharp from 'sharp'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {hashSources, type ImageSource} from '../images/source.ts'
import {type PixelOptions, PREPARATION, preparePixels as prepareHashed} from './pixels.ts'

const folder = openFolder()

const whole = {mean: [0, 0, 0], std: [1, 1, 1]} as const
let cache: string
let options: Omit<PixelOptions, 'content'>
beforeEach(async () => {
  cache = await mkdtemp(join(folder, 'cache-'))
  options = {cache, width: 2, height: 1, filter: 'bilinear'}
})

const preparePixels = async (sources: readonly ImageSource[], options: Omit<PixelOptions, 'content'>) =>
  prepareHashed(sources, {...options, content: await hashSources(sources)})

const greys = join(folder, 'greys.bin')
await writeFile(
  greys,
  Uint8Array.from({length: 6 * 256}, (_, i) => i / 6),
)

/** A bare image of 2 × 1 of one grey. */
const grey = (value: number): ImageSource => ({
  at: {file: greys, offset: 6 * value, bytes: 6},
  planes: {width: 2, height: 1},
})

test('a micro-batch is read by indices in the list, and normalized', async () => {
  const sources = [0, 51, 255].map(grey)
  const pixels = await preparePixels(sources, options)
  expect(pixels.count).toBe(3)
  expect([...(await pixels.read([2, 0], whole))]).toEqual([...Array(6).fill(1), ...Array(6).fill(0)])
  const [value] = await pixels.read([1], {mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]})
  expect(value).toBeCloseTo(-0.6)
})

test('a list of several parts of the file is read at any place', async () => {
  const pixels = await preparePixels([...Array(16).keys()].map(grey), options)
  const read = await pixels.read([15, 7, 8, 0], whole)
  expect([0, 6, 12, 18].map(at => Math.round(read[at] * 255))).toEqual([15, 7, 8, 0])
})

test('prepared images are cached by content, size, filter, crop and orientation', async () => {
  const reports: (readonly [done: number, total: number])[] = []
  const prepare = (values: readonly number[], changed: Partial<PixelOptions> = {}) =>
    preparePixels(values.map(grey), {...options, onProgress: (...report) => reports.push(report), ...changed})
  await prepare([1, 2])
  expect(reports).toEqual([
    [1, 2],
    [2, 2],
  ])
  await prepare([1, 2])
  expect(reports).toHaveLength(2)
  expect(await readdir(cache)).toHaveLength(1)
  await prepare([2, 1])
  await prepare([1, 2], {width: 3})
  await prepare([1, 2], {filter: 'bicubic'})
  await prepare([1, 2], {orient: true})
  await prepare([1, 2], {orient: false})
  expect(reports).toHaveLength(10)
  for (const scaled of [{shortestEdge: 3}, {shortestEdge: 4}, {width: 3, height: 4}, {width: 4, height: 3}])
    for (const _ of ['new', 'cached']) await prepare([1, 2], {scaled})
  expect(reports).toHaveLength(18)
  expect(await readdir(cache)).toHaveLength(9)
})

test('a file of the cache that was cut short is prepared again', async () => {
  await preparePixels([grey(9)], options)
  const [name] = await readdir(cache)
  await truncate(join(cache, name), 100)
  const pixels = await preparePixels([grey(9)], options)
  expect((await pixels.read([0], whole))[0] * 255).toBeCloseTo(9)
})

test('an image that cannot be prepared is a fault that names it, and nothing is cached', async () => {
  const file = join(folder, 'bad.jpg')
  await writeFile(file, 'no image')
  const bad: ImageSource = {at: {file}}
  const message = expect.stringContaining(`${file}: not an image`)
  await expect(preparePixels([grey(1), bad], options)).rejects.toMatchObject({kind: 'input', message})
  expect(await readdir(cache)).toEqual([])
})

test('a signal stops the preparation, and nothing is cached', async () => {
  const stop = new AbortController()
  const onProgress = () => stop.abort()
  const prepared = preparePixels([grey(1), grey(2), grey(3)], {...options, signal: stop.signal, onProgress})
  await expect(prepared).rejects.toThrow('aborted')
  expect(await readdir(cache)).toEqual([])
})

test('the cache is keyed by the decoder that is installed', () => {
  expect(PREPARATION).toContain(`sharp ${sharp.versions.sharp}`)
})
