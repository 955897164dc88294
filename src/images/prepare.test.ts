import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {execa} from 'execa'
import sharp from 'sharp'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import type {Scaling} from './crop.ts'
import {prepare} from './prepare.ts'
import type {ImageSource} from './source.ts'

// Threads run what was built: a test of them is a process of its own that imports it.

const dist = pathToFileURL(fileURLToPath(new URL('../../dist/images', import.meta.url))).href
const folder = openFolder()

/** Plain grey images, each lighter than the one before. */
const files = Array.from({length: 40}, (_, i) => join(folder, `${i}.png`))
const greys = files.map((_, i) => 6 * i)
for (const [i, file] of files.entries()) {
  const background = {r: greys[i], g: greys[i], b: greys[i]}
  await sharp({create: {width: 5 + i, height: 9, channels: 3, background}})
    .png()
    .toFile(file)
}
const broken = join(folder, 'broken.jpg')
await writeFile(broken, 'not an image')
const sources = files.map((file): ImageSource => ({at: {file}}))
const size = {width: 4, height: 2, filter: 'bilinear'} as const

async function collect(images: AsyncIterable<Uint8Array>): Promise<number[][]> {
  const all: number[][] = []
  for await (const planes of images) all.push([...planes])
  return all
}

interface ThreadOptions {
  readonly abortAt?: number
  readonly leaveAt?: number
  readonly scaled?: Scaling
}

/** The grey of each image that threads prepare, or what they threw; `break` leaves after so many. */
async function onThreads(list: readonly unknown[], {abortAt = -1, leaveAt = -1, ...changes}: ThreadOptions = {}) {
  const script = join(folder, `${Math.random()}.mjs`)
  await writeFile(
    script,
    `import {prepare} from '${dist}/prepare.js'
const stop = new AbortController()
const greys = []
try {
  for await (const planes of prepare(${JSON.stringify(list)}, {...${JSON.stringify({...size, ...changes})}, threads: 2, signal: stop.signal})) {
    if (greys.push(planes[0]) === ${leaveAt}) break
    if (greys.length === ${abortAt}) stop.abort()
    if (planes.length !== 24 || planes.some(value => value !== planes[0])) throw new Error('not plain')
  }
} catch ({name, kind, message}) {
  console.error(JSON.stringify({name, kind, message}))
}
console.log(JSON.stringify(greys))`,
  )
  return execa(process.execPath, [script], {reject: false, timeout: 30_000})
}

test('a handful is prepared in order, to planes of the requested size', async () => {
  const expected = greys.slice(0, 5).map(grey => Array(24).fill(grey))
  expect(await collect(prepare(sources.slice(0, 5), size))).toEqual(expected)
})

test('images are cropped after they are scaled, on this thread and on others', async () => {
  const scaled = {width: 2, height: 3}
  const border = (grey: number) => Array(6).fill([0, grey, grey, 0]).flat()
  expect(await collect(prepare(sources.slice(0, 5), {...size, scaled}))).toEqual(greys.slice(0, 5).map(border))
  const {stderr} = await onThreads(sources, {scaled})
  expect(JSON.parse(stderr)).toMatchObject({message: 'not plain'})
})

test('many are prepared on threads, in the same order, and the process ends', async () => {
  const {stdout, stderr, exitCode} = await onThreads(sources)
  expect({stderr, exitCode}).toEqual({stderr: '', exitCode: 0})
  expect(JSON.parse(stdout)).toEqual(greys)
})

test('an image that cannot be prepared is a fault in order, and names it', async () => {
  const fault = {
    name: 'Fault',
    kind: 'input',
    message: `${broken}: not an image: begins with 6e6f7420616e2069; a JPEG or PNG image is needed`,
  }
  const list = sources.toSpliced(20, 0, {at: {file: broken}})
  const {stdout, stderr} = await onThreads(list)
  expect(JSON.parse(stderr)).toEqual(fault)
  expect(JSON.parse(stdout)).toEqual(greys.slice(0, 20))
  await expect(collect(prepare(list.slice(20, 22), size))).rejects.toMatchObject(fault)
})

test('a signal or a reader that stops ends the threads', async () => {
  const stopped = await onThreads(sources, {abortAt: 7})
  expect(JSON.parse(stopped.stderr).name).toBe('AbortError')
  expect(JSON.parse(stopped.stdout)).toEqual(greys.slice(0, 7))
  const left = await onThreads(sources, {leaveAt: 3})
  expect(left).toMatchObject({stderr: '', exitCode: 0, stdout: JSON.stringify(greys.slice(0, 3))})
  await expect(collect(prepare(sources.slice(0, 3), {...size, signal: AbortSignal.abort()}))).rejects.toThrow('aborted')
})

test('bare planes are read as they are, and must have the bytes of their size', async () => {
  const data = Uint8Array.from({length: 24}, (_, i) => i)
  const file = join(folder, 'planes.bin')
  await writeFile(file, data)
  const source = {at: {file}, planes: {width: 4, height: 2}}
  expect(await collect(prepare([source], size))).toEqual([[...data]])
  const short = {...source, at: {file, bytes: 23}}
  const message = `${file}: 23 bytes, 3 × 2 × 4 = 24 are needed`
  await expect(collect(prepare([short], size))).rejects.toMatchObject({kind: 'input', message})
})
