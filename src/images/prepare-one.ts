import {Fault} from '../base/fault.ts'
import {type DecodeOptions, decode} from './decode.ts'
import {fromPlanes, type Image, toPlanes} from './image.ts'
import {type ResizeOptions, resize} from './resize.ts'
import {type ImageSource, nameOf, type Reader, readBytes} from './source.ts'

/** How an image is decoded and scaled. */
export type Preparation = ResizeOptions & DecodeOptions

/** One image's planes (3, height, width), decoded and scaled. */
export async function prepareOne(
  source: ImageSource,
  options: Preparation,
  read: Reader = readBytes,
): Promise<Uint8Array> {
  return toPlanes(resize(await open(source, await read(source), options), options))
}

async function open(source: ImageSource, bytes: Uint8Array, options: DecodeOptions): Promise<Image> {
  if (!('planes' in source)) return decode(bytes, nameOf(source), options)
  const {width, height} = source.planes
  if (bytes.length === 3 * width * height) return fromPlanes(bytes, source.planes)
  const needed = `3 × ${height} × ${width} = ${3 * width * height}`
  throw new Fault('input', `${nameOf(source)}: ${bytes.length} bytes, ${needed} are needed`)
}
