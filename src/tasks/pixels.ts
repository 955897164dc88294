import {join} from 'node:path'
import {Fault, unlessFault} from '../base/fault.ts'
import {makeFolder} from '../base/files.ts'
import {withLock} from '../base/lock.ts'
import {withFile} from '../base/read-file.ts'
import {sha256} from '../base/sha256.ts'
import type {Shape} from '../engine/program.ts'
import {type Normalization, normalize} from '../images/normalize.ts'
import {type PrepareOptions, prepare} from '../images/prepare.ts'
import type {ImageSource} from '../images/source.ts'
import {readSafetensors, type Writable, writeSafetensors} from '../weights/safetensors.ts'

/** Prepared images in a file. */
export interface Pixels {
  readonly count: number
  /** The images of a micro-batch, by their indices in the list, as a model reads them: float32 (B, 3, height, width). */
  read(images: readonly number[], normalization: Normalization): Promise<Float32Array>
}

export interface PixelOptions extends PrepareOptions {
  /** A folder of `<sha256 of the images and their size>.safetensors`, which several processes may share. */
  readonly cache: string
  /** The images' hash, of `hashSources`. */
  readonly content: string
  /** Called after each image. */
  readonly onProgress?: (done: number, total: number) => void
}

/**
 * Decodes, scales and crops images, or takes them from the cache. They are cached as bytes, by one process, which others wait
 * for. Few are in memory at a time. An image that cannot be prepared is a fault that names it; then, and after the signal,
 * nothing is cached.
 */
export async function preparePixels(sources: readonly ImageSource[], options: PixelOptions): Promise<Pixels> {
  const {cache, content, width, height, signal} = options
  await makeFolder(cache)
  const key = sha256(`${PREPARATION} ${describe(options)} ${content}`)
  const file = join(cache, `${key}.safetensors`)
  const shapes = partShapes(sources.length, [3, height, width])

  const find = () => findParts(file, shapes)
  const make = async () => (await find()) ?? (await write(file, shapes, prepared(sources, options)).then(find))
  const parts = (await find()) ?? (await withLock(cache, make, {of: key, here: true, wait: () => {}, signal}))
  if (!parts) throw new Fault('io', `${file}: cannot be read back just after it was written`)
  return {count: sources.length, read: (images, how) => readImages(file, parts, {images, area: width * height, how})}
}

/** Names a preparation in the key of the cache. */
function describe({width, height, scaled, filter, orient}: PixelOptions): string {
  const whole = scaled && ('shortestEdge' in scaled ? [scaled.shortestEdge] : [scaled.width, scaled.height])
  return `${width} ${height} ${filter}${orient ? ' oriented' : ''}${whole ? ` cropped from ${whole.join(' ')}` : ''}`
}

/** The planes of every image, with a report of progress after each. */
async function* prepared(sources: readonly ImageSource[], {onProgress, ...options}: PixelOptions) {
  let done = 0
  for await (const planes of prepare(sources, options)) {
    onProgress?.(++done, sources.length)
    yield planes
  }
}

/** The tensors of the file: parts of the list, small enough to be assembled in memory. */
function partShapes(count: number, image: Shape): Readonly<Record<string, Shape>> {
  const shapes: Record<string, Shape> = {}
  for (let first = 0; first < count; first += PART) {
    const name = `images.${String(first / PART).padStart(8, '0')}` // the order of names is that of the list
    shapes[name] = [Math.min(PART, count - first), ...image]
  }
  return shapes
}

async function write(
  file: string,
  shapes: Readonly<Record<string, Shape>>,
  images: AsyncGenerator<Uint8Array>,
): Promise<void> {
  const fill = async (count: number) => {
    const all: Uint8Array[] = []
    while (all.length < count) all.push((await images.next()).value)
    return Buffer.concat(all)
  }
  const tensors = Object.entries(shapes).map(([name, shape]): [string, Writable] => [
    name,
    {dtype: 'uint8', shape, data: () => fill(shape[0])},
  ])
  try {
    await writeSafetensors(file, Object.fromEntries(tensors))
  } finally {
    await images.return(undefined) // ends its threads
  }
}

/** The offset of each part, if the file is there and complete. */
async function findParts(
  file: string,
  shapes: Readonly<Record<string, Shape>>,
): Promise<readonly number[] | undefined> {
  const tensors = await unlessFault(() => readSafetensors(file))
  if (!tensors) return undefined
  const parts: number[] = []
  for (const [name, shape] of Object.entries(shapes)) {
    const {[name]: found} = tensors
    if (found?.dtype !== 'uint8' || String(found.shape) !== String(shape) || 'data' in found.at) return undefined
    parts.push(found.at.offset)
  }
  return parts
}

interface PixelRequest {
  readonly images: readonly number[]
  /** The number of pixels of an image. */
  readonly area: number
  readonly how: Normalization
}

async function readImages(
  file: string,
  parts: readonly number[],
  {images, area, how}: PixelRequest,
): Promise<Float32Array> {
  const bytes = 3 * area
  const planes = new Uint8Array(images.length * bytes)
  await withFile(file, async opened => {
    for (const [i, image] of images.entries()) {
      const offset = parts[Math.floor(image / PART)] + (image % PART) * bytes
      await opened.read(planes.subarray(i * bytes, (i + 1) * bytes), offset)
    }
  })
  return normalize(planes, area, how)
}

/** The number of images in a part. */
const PART = 8

/** Names the decoder and the arithmetic: if their pixels change, so must this. */
export const PREPARATION = 'sharp 0.35.5, Pillow 10.3'
