import {crc32} from 'node:zlib'
import {Fault} from '../base/fault.ts'
import type {ImageSize} from './image.ts'
import {decodingFault, loadSharp} from './sharp.ts'

/** An image file's header. */
export interface ImageHeader extends ImageSize {
  /** The form of its pixels; `usual` is grey or RGB of 8 bits, or any with alpha. */
  readonly layout: 'usual' | 'grey16' | 'cmyk'
}

/**
 * Reads the header of a JPEG, or of a PNG, whose checksums it verifies. Any other file, a broken header, a wrong checksum and
 * an image of too many pixels is a fault that begins with `name`.
 */
export async function readFormat(bytes: Uint8Array, name: string): Promise<ImageHeader> {
  if (bytes.length === 0) throw new Fault('input', `${name}: an empty file, not an image`)
  const isPng = startsWith(bytes, PNG)
  if (!isPng && !startsWith(bytes, JPEG))
    throw new Fault('input', `${name}: ${guessFormat(bytes)}; a JPEG or PNG image is needed`)
  const header = isPng ? readPng(bytes) : await readJpeg(bytes, name)
  if (typeof header === 'string') throw new Fault('input', `${name}: ${header}`)
  const {width, height} = header
  if (width === 0 || height === 0) throw new Fault('input', `${name}: an image without pixels: ${width} × ${height}`)
  if (width * height > MAX_PIXELS) {
    throw new Fault('input', `${name}: too large: ${width} × ${height} pixels; at most ${MAX_PIXELS} are decoded`)
  }
  return header
}

/**
 * Reads the chunks of a PNG: length, name, data, checksum of name and data. Returns the header or, as a text, the defect.
 * Chunks that no decoder may skip, whose names begin with a capital, must have right checksums, which libvips does not
 * verify. https://www.w3.org/TR/png-3/
 */
function readPng(bytes: Uint8Array): ImageHeader | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.byteLength < 33 || view.getUint32(12) !== IHDR) return `${CUT_SHORT}: a PNG needs a header of 33 bytes`
  const [width, height, depth, colour] = [view.getUint32(16), view.getUint32(20), view.getUint8(24), view.getUint8(25)]
  for (let at = 8, chunk = 0; chunk !== IEND; ) {
    if (at + 12 > view.byteLength) return `${CUT_SHORT}: a PNG ends with a chunk IEND`
    const length = view.getUint32(at)
    chunk = view.getUint32(at + 4)
    if (chunk === ACTL) return 'an animated PNG; a still image is needed'
    if (at + 12 + length > view.byteLength) return `${CUT_SHORT}: the PNG's chunk ${nameOf(view, at)} is incomplete`
    const critical = (view.getUint8(at + 4) & 0x20) === 0
    if (critical && crc32(bytesAt(view, at + 4, 4 + length)) !== view.getUint32(at + 8 + length))
      return `${DAMAGED}: the checksum of the PNG's chunk ${nameOf(view, at)} is wrong`
    at += 12 + length
  }
  return {width, height, layout: depth === 16 && colour === 0 ? 'grey16' : 'usual'}
}

const bytesAt = ({buffer, byteOffset}: DataView, at: number, length: number) =>
  new Uint8Array(buffer, byteOffset + at, length)

const nameOf = (view: DataView, at: number) => JSON.stringify(Buffer.from(bytesAt(view, at + 4, 4)).toString('latin1'))

async function readJpeg(bytes: Uint8Array, name: string): Promise<ImageHeader> {
  const sharp = await loadSharp()
  const {width, height, space} = await sharp(bytes, {limitInputPixels: false})
    .metadata()
    .catch(cause => Promise.reject(decodingFault(name, cause)))
  return {width, height, layout: space === 'cmyk' ? 'cmyk' : 'usual'}
}

/** The format of a file that is neither a JPEG nor a PNG, in words. */
function guessFormat(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 64)).toString('latin1')
  const found = OTHERS.find(([pattern]) => pattern.test(text))
  return found ? found[1] : `not an image: begins with ${Buffer.from(bytes.subarray(0, 8)).toString('hex')}`
}

const startsWith = (bytes: Uint8Array, start: readonly number[]) => start.every((byte, i) => bytes[i] === byte)

const JPEG = [0xff, 0xd8]
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const [IHDR, IEND, ACTL] = [0x49484452, 0x49454e44, 0x6163544c]

const CUT_SHORT = 'cut short; copy it again'
const DAMAGED = 'damaged; copy it again'

const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^GIF8/, 'a GIF image'],
  [/^RIFF....WEBP/s, 'a WebP image'],
  [/^BM/, 'a BMP image'],
  [/^(II\*\0|MM\0\*|II\+\0|MM\0\+)/, 'a TIFF image'],
  [/^....ftyp(avif|avis|hei|mif1|msf1)/s, 'an AVIF or HEIC image'],
  [/^\s*(<\?xml.*)?<svg/is, 'an SVG drawing'],
  [/^\s*<(!doctype|html)/i, 'a web page, not an image'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, not an image (git lfs pull fetches it)'],
]

/** 2²⁸ bytes of RGB, above which Pillow too warns of a decompression bomb. */
const MAX_PIXELS = Math.floor(2 ** 28 / 3)
