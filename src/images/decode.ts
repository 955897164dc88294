import type {Sharp} from 'sharp'
import {Fault} from '../base/fault.ts'
import {type ImageHeader, readFormat} from './format.ts'
import type {Image} from './image.ts'

export interface DecodeOptions {
  /** Turn and mirror the image as its EXIF orientation says, as Pillow's ImageOps.exif_transpose does. */
  readonly orient?: boolean
}

/**
 * A JPEG's or PNG's pixels as Pillow 10.3 has them after convert('RGB'): alpha is dropped, not blended; colour profile
 * and gamma are ignored, and so is EXIF orientation unless `orient` is set; 16-bit grey is clipped at 255, other 16-bit
 * channels keep their high byte. A file that is cut short, broken, animated, of another format or too large is a fault
 * that begins with `name`.
 */
export async function decode(bytes: Uint8Array, name: string, {orient = false}: DecodeOptions = {}): Promise<Image> {
  const format = readFormat(bytes, name)
  const sharp = await loadSharp()
  const {width: stored, height: rows} = format
  const {ask, toRgb} = LAYOUTS[format.layout]
  const limits = {failOn: 'truncated', limitInputPixels: stored * rows} as const
  const image = sharp(bytes, {ignoreIcc: true, autoOrient: orient, ...limits})
  const {data, info} = await ask(image)
    .toBuffer({resolveWithObject: true})
    .catch(cause => Promise.reject(new Fault('input', `${name}: ${reasonOf(cause)}`, {cause})))
  const pixels = toRgb(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  const {width, height} = info
  const asStored = width === stored && height === rows
  const turned = orient && width === rows && height === stored
  if ((asStored || turned) && pixels.length === 3 * width * height) return {width, height, pixels}
  throw new Fault('input', `${name}: decodes to ${width} × ${height} pixels, which is not the size in its header`)
}

/** Loaded where an image is first decoded: it takes a tenth of a second. */
async function loadSharp() {
  try {
    return (await import('sharp')).default
  } catch (cause) {
    const words = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    const message = `sharp, which decodes images, cannot be loaded; npm ci --include=optional installs it: ${words}`
    throw new Fault('failed', message, {cause})
  }
}

interface Layout {
  /** Asks for the pixels as they are stored. */
  readonly ask: (image: Sharp) => Sharp
  readonly toRgb: (data: Uint8Array) => Uint8Array
}

const LAYOUTS: Readonly<Record<ImageHeader['layout'], Layout>> = {
  usual: {ask: image => image.toColourspace('srgb').removeAlpha().raw(), toRgb: data => data},
  grey16: {ask: image => image.toColourspace('grey16').removeAlpha().raw({depth: 'ushort'}), toRgb: clipGrey},
  cmyk: {ask: image => image.pipelineColourspace('cmyk').toColourspace('cmyk').raw(), toRgb: fromCmyk},
}

/** 16-bit grey as RGB: what is above 255 is white. */
function clipGrey(data: Uint8Array): Uint8Array {
  const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
  const pixels = new Uint8Array(3 * values.length)
  for (let i = 0; i < values.length; i++) pixels.fill(Math.min(values[i], 255), 3 * i, 3 * i + 3)
  return pixels
}

/** Ink without a colour profile: what cyan, magenta and yellow take from the light that black leaves. */
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

/** What to do, and the decoder's own words on one line where it has some. */
function reasonOf(error: unknown): string {
  const lines = error instanceof Error ? error.message.split('\n') : []
  const words = lines[0]
    ?.replace(/^Input buffer has corrupt header:|Unknown error|Vips\w+:|vips\w+:|\p{C}/gu, ' ')
    .trim()
  return `cut short or damaged${words ? ` (${words.slice(0, 120).trim()})` : ''}; copy it again, or leave it out`
}
