import type {Sharp} from 'sharp'
import {viewBytes} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {type ImageHeader, readFormat} from './format.ts'
import type {Image} from './image.ts'
import {decodingFault, loadSharp} from './sharp.ts'

export interface DecodeOptions {
  /** Whether to rotate and mirror the image by its EXIF orientation, as Pillow's ImageOps.exif_transpose does. */
  readonly orient?: boolean
}

/**
 * Decodes a JPEG or PNG to the pixels that Pillow 10.3 has after convert('RGB'): alpha is dropped, not blended; colour
 * profile and gamma are ignored, and so is EXIF orientation unless `orient` is set; 16-bit grey is clipped at 255, other
 * 16-bit channels keep their high byte. A file that is cut short, broken, animated, of another format or too large is a
 * fault that begins with `name`.
 */
export async function decode(bytes: Uint8Array, name: string, {orient = false}: DecodeOptions = {}): Promise<Image> {
  const format = await readFormat(bytes, name)
  const sharp = await loadSharp()
  const {width: stored, height: rows} = format
  const {toRaw, toRgb} = LAYOUTS[format.layout]
  const limits = {failOn: 'truncated', limitInputPixels: stored * rows} as const
  const image = sharp(bytes, {ignoreIcc: true, autoOrient: orient, ...limits})
  const {data, info} = await toRaw(image)
    .toBuffer({resolveWithObject: true})
    .catch(cause => Promise.reject(decodingFault(name, cause)))
  const pixels = toRgb(viewBytes(data))
  const {width, height} = info
  const asStored = width === stored && height === rows
  const rotated = orient && width === rows && height === stored
  if ((asStored || rotated) && pixels.length === 3 * width * height) return {width, height, pixels}
  throw new Fault('input', `${name}: decodes to ${width} × ${height} pixels, which is not the size in its header`)
}

interface PixelLayout {
  /** Requests the pixels as they are stored. */
  readonly toRaw: (image: Sharp) => Sharp
  readonly toRgb: (data: Uint8Array) => Uint8Array
}

const LAYOUTS: Readonly<Record<ImageHeader['layout'], PixelLayout>> = {
  usual: {toRaw: image => image.toColourspace('srgb').removeAlpha().raw(), toRgb: data => data},
  grey16: {toRaw: image => image.toColourspace('grey16').removeAlpha().raw({depth: 'ushort'}), toRgb: clipGrey},
  cmyk: {toRaw: image => image.pipelineColourspace('cmyk').toColourspace('cmyk').raw(), toRgb: fromCmyk},
}

/** 16-bit grey as RGB; values above 255 are white. */
function clipGrey(data: Uint8Array): Uint8Array {
  const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
  const pixels = new Uint8Array(3 * values.length)
  for (let i = 0; i < values.length; i++) pixels.fill(Math.min(values[i], 255), 3 * i, 3 * i + 3)
  return pixels
}

/** CMYK without a colour profile: cyan, magenta and yellow each absorb from the light that black leaves. */
function fromCmyk(data: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((data.length / 4) * 3)
  for (let at = 0, from = 0; from < data.length; from += 4) {
    const light = 255 - data[from + 3]
    for (let ink = 0; ink < 3; ink++) pixels[at++] = Math.max(0, light - overFull(data[from + ink] * light))
  }
  return pixels
}

/** A product of two bytes over 255, rounded. */
function overFull(product: number): number {
  const rounded = product + 128
  return ((rounded >> 8) + rounded) >> 8
}
