import {Fault} from '../base/fault.ts'
import {type CropOptions, resizeAndCrop} from './crop.ts'
import {type DecodeOptions, decode} from './decode.ts'
import {fromPlanes, type Image, toPlanes} from './image.ts'
import {type ImageReader, type ImageSource, nameOf, openReader} from './source.ts'

/** The way an image is decoded, scaled and cropped. */
export type Preparation = CropOptions & DecodeOptions

/** Reads, decodes, scales and crops one image to planes (3, height, width). */
export async function prepareOne(
  source: ImageSource,
  options: Preparation,
  read: ImageReader = openReader(),
): Promise<Uint8Array> {
  return toPlanes(resizeAndCrop(await parse(source, await read(source), options), options))
}

async function parse(source: ImageSource, bytes: Uint8Array, options: DecodeOptions): Promise<Image> {
  if (!source.planes) return decode(bytes, nameOf(source), options)
  const {width, height} = source.planes
  if (bytes.length === 3 * width * height) return fromPlanes(bytes, source.planes)
  const needed = `3 × ${height} × ${width} = ${3 * width * height}`
  throw new Fault('input', `${nameOf(source)}: ${bytes.length} bytes, ${needed} are needed`)
}
