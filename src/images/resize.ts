import {type Coefficients, coefficients, type Filter, type Span} from './coefficients.ts'
import type {Image, ImageSize} from './image.ts'

export interface ResizeOptions extends ImageSize {
  readonly filter: Filter
}

export interface ImagePart {
  readonly columns: Span
  readonly rows: Span
}

/**
 * Scales an image, without keeping its aspect ratio, to the same bits as Pillow 10.3's Image.resize: rows first, then
 * columns, rounded to 8 bits in between and clipped to 0…255. A dimension that does not change is not resampled. Of a part of
 * the scaled image, only its own pixels are computed.
 */
export function resize(
  image: Image,
  {width, height, filter}: ResizeOptions,
  {columns, rows}: ImagePart = {columns: {first: 0, count: width}, rows: {first: 0, count: height}},
): Image {
  const keepsRows = image.width === width && columns.count === width
  const keepsColumns = image.height === height && rows.count === height
  const narrowed = keepsRows
    ? image
    : resampleRows(image, coefficients({from: image.width, to: width, filter}, columns))
  return keepsColumns
    ? narrowed
    : resampleColumns(narrowed, coefficients({from: image.height, to: height, filter}, rows))
}

/** Resamples every row. */
function resampleRows({width, height, pixels}: Image, {first, count, weights, taps}: Coefficients): Image {
  const to = first.length
  const out = new Uint8ClampedArray(to * height * 3)
  for (let y = 0, at = 0; y < height; y++) {
    const row = y * width * 3
    for (let x = 0; x < to; x++, at += 3) {
      let [red, green, blue] = [HALF, HALF, HALF]
      const begin = x * taps
      const end = begin + count[x]
      for (let k = begin, from = row + first[x] * 3; k < end; k++, from += 3) {
        const weight = weights[k]
        red = (red + Math.imul(pixels[from], weight)) | 0
        green = (green + Math.imul(pixels[from + 1], weight)) | 0
        blue = (blue + Math.imul(pixels[from + 2], weight)) | 0
      }
      out[at] = red >> BITS
      out[at + 1] = green >> BITS
      out[at + 2] = blue >> BITS
    }
  }
  return {width: to, height, pixels: new Uint8Array(out.buffer)}
}

/** Resamples every column, a whole row of sums at a time. */
function resampleColumns({width, pixels}: Image, {first, count, weights, taps}: Coefficients): Image {
  const length = width * 3
  const to = first.length
  const out = new Uint8ClampedArray(length * to)
  const sums = new Int32Array(length)
  for (let y = 0; y < to; y++) {
    sums.fill(HALF)
    for (let k = 0; k < count[y]; k++) {
      const weight = weights[y * taps + k]
      const row = (first[y] + k) * length
      for (let i = 0; i < length; i++) sums[i] += Math.imul(pixels[row + i], weight)
    }
    const row = y * length
    for (let i = 0; i < length; i++) out[row + i] = sums[i] >> BITS
  }
  return {width, height: to, pixels: new Uint8Array(out.buffer)}
}

/** The fractional bits of a weight; a sum starts at one half, for rounding. */
const BITS = 22
const HALF = 1 << (BITS - 1)
