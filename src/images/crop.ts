import type {Span} from './coefficients.ts'
import type {Image, ImageSize} from './image.ts'
import {type ResizeOptions, resize} from './resize.ts'

/** The size of a scaled image: both sides, or the shorter one, while the aspect ratio is kept. */
export type Scaling = ImageSize | {readonly shortestEdge: number}

export interface CropOptions extends ResizeOptions {
  /** The size to which an image is scaled before it is cropped to (width, height); default: that, without a crop. */
  readonly scaled?: Scaling | undefined
}

/**
 * Scales an image and crops it around its centre, as transformers does with Pillow: of an odd rest, the larger half is cut off
 * at the right and the bottom. A scaled image that is smaller is padded with black, by the larger half at the left and the top.
 */
export function resizeAndCrop(image: Image, {scaled, ...options}: CropOptions): Image {
  if (!scaled) return resize(image, options)
  const {width, height, filter} = options
  const whole = scaledSize(image, scaled)
  const columns = centre(whole.width, width)
  const rows = centre(whole.height, height)
  const part = resize(image, {...whole, filter}, {columns, rows})
  return part.width === width && part.height === height ? part : pad(part, options, [columns.at, rows.at])
}

/** The size of a scaled image, whose longer side is rounded down. */
function scaledSize({width, height}: ImageSize, to: Scaling): ImageSize {
  if ('width' in to) return to
  const {shortestEdge} = to
  const longest = Math.floor((shortestEdge * Math.max(width, height)) / Math.min(width, height))
  return width <= height ? {width: shortestEdge, height: longest} : {width: longest, height: shortestEdge}
}

/** The pixels of a line of `from` that a line of `to` shows, and its position where the first of them is. */
function centre(from: number, to: number): Span & {readonly at: number} {
  const offset = Math.floor((from - to) / 2)
  return {first: Math.max(0, offset), count: Math.min(from, to), at: Math.max(0, -offset)}
}

function pad(image: Image, {width, height}: ImageSize, [left, top]: readonly [number, number]): Image {
  const pixels = new Uint8Array(3 * width * height)
  const line = 3 * image.width
  for (let y = 0; y < image.height; y++)
    pixels.set(image.pixels.subarray(y * line, (y + 1) * line), 3 * ((top + y) * width + left))
  return {width, height, pixels}
}
