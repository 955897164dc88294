import {crc32} from 'node:zlib'
import {Fault} from '../base/fault.ts'
import type {Size} from './image.ts'

/** An image file's header. */
export interface ImageHeader extends Size {
  readonly type: 'jpeg' | 'png'
  /** How its pixels are stored, where that is not 8 bits each of grey, or of red, green and blue, and alpha. */
  readonly layout: 'usual' | 'grey16' | 'cmyk'
}

/**
 * Reads a JPEG's header, or a PNG's with the checksums of its chunks; `name` begins the fault of any other file, of a
 * broken header, of a wrong checksum and of a bomb.
 */
export function readFormat(bytes: Uint8Array, name: string): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length === 0) throw new Fault('input', `${name}: an empty file, not an image`)
  const format = startsWith(bytes, PNG) ? readPng(view) : startsWith(bytes, JPEG) ? readJpeg(view) : undefined
  if (typeof format === 'string') throw new Fault('input', `${name}: ${format}`)
  if (!format) throw new Fault('input', `${name}: ${guess(bytes)}; a JPEG or PNG image is needed`)
  const {width, height} = format
  if (width === 0 || height === 0) throw new Fault('input', `${name}: an image without pixels: ${width} × ${height}`)
  if (width * height > MAX_PIXELS) {
    throw new Fault('input', `${name}: too large: ${width} × ${height} pixels; at most ${MAX_PIXELS} are decoded`)
  }
  return format
}

/** A header, or what is wrong with it. */
type Answer = ImageHeader | string

/**
 * The chunks of a PNG: length, name, data, checksum of name and data. Those that no decoder may skip, whose names begin
 * with a capital, must have true checksums: libvips does not look at them. https://www.w3.org/TR/png-3/
 */
function readPng(view: DataView): Answer {
  if (view.byteLength < 33 || view.getUint32(12) !== IHDR) return `${CUT_SHORT}: a PNG needs a header of 33 bytes`
  const [width, height, depth, colour] = [view.getUint32(16), view.getUint32(20), view.getUint8(24), view.getUint8(25)]
  for (let at = 8, chunk = 0; chunk !== IEND; ) {
    if (at + 12 > view.byteLength) return `${CUT_SHORT}: a PNG ends with a chunk IEND`
    const length = view.getUint32(at)
    chunk = view.getUint32(at + 4)
    if (chunk === ACTL) return 'an animated PNG; a still image is needed'
    if (at + 12 + length > view.byteLength) return `${CUT_SHORT}: the PNG's chunk ${nameOf(view, at)} is incomplete`
    const critical = (view.getUint8(at + 4) & 0x20) === 0
    if (critical && crc32(bytesOf(view, at + 4, 4 + length)) !== view.getUint32(at + 8 + length))
      return `${DAMAGED}: the checksum of the PNG's chunk ${nameOf(view, at)} is wrong`
    at += 12 + length
  }
  return {type: 'png', width, height, layout: depth === 16 && colour === 0 ? 'grey16' : 'usual'}
}

const bytesOf = ({buffer, byteOffset}: DataView, at: number, length: number) =>
  new Uint8Array(buffer, byteOffset + at, length)

const nameOf = (view: DataView, at: number) => JSON.stringify(Buffer.from(bytesOf(view, at + 4, 4)).toString('latin1'))

/** The marker segments before the first scan: 0xff, marker, length, data. ITU-T T.81, B.1.1.4 */
function readJpeg(view: DataView): Answer {
  for (let at = 2; at + 4 <= view.byteLength; ) {
    const marker = view.getUint8(at + 1)
    if (view.getUint8(at) !== 0xff)
      at++ // bytes between segments count for nothing
    else if (marker === 0xff) at++
    else if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) at += 2
    else if (FRAMES.has(marker)) return at + 10 <= view.byteLength ? readFrame(view, at + 4) : NO_FRAME
    else if (marker === 0xd9 || marker === 0xda) return 'not a JPEG: its pixels begin before their size'
    else at += 2 + view.getUint16(at + 2)
  }
  return NO_FRAME
}

function readFrame(view: DataView, at: number): Answer {
  const bits = view.getUint8(at)
  const [height, width, channels] = [view.getUint16(at + 1), view.getUint16(at + 3), view.getUint8(at + 5)]
  if (bits !== 8) return `a JPEG of ${bits} bits a channel; 8 are needed`
  if (channels !== 1 && channels !== 3 && channels !== 4) return `a JPEG of ${channels} channels; 1, 3 or 4 are needed`
  return {type: 'jpeg', width, height, layout: channels === 4 ? 'cmyk' : 'usual'}
}

/** What a file is that is no JPEG and no PNG. */
function guess(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 64)).toString('latin1')
  const found = OTHERS.find(([pattern]) => pattern.test(text))
  return found ? found[1] : `not an image: begins with ${Buffer.from(bytes.subarray(0, 8)).toString('hex')}`
}

const startsWith = (bytes: Uint8Array, start: readonly number[]) => start.every((byte, i) => bytes[i] === byte)

const JPEG = [0xff, 0xd8]
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const [IHDR, IEND, ACTL] = [0x49484452, 0x49454e44, 0x6163544c]

/** Start of frame: baseline, extended, progressive, lossless, their arithmetic and hierarchical kinds. */
const FRAMES = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf])

const CUT_SHORT = 'cut short; copy it again'
const DAMAGED = 'damaged; copy it again'
const NO_FRAME = `${CUT_SHORT}: a JPEG without the size of its image`

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

/** 2²⁸ bytes of RGB, beyond which Pillow too warns of a decompression bomb. */
const MAX_PIXELS = Math.floor(2 ** 28 / 3)
