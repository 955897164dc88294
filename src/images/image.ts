export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** Red, green, blue of each pixel, row by row: (height, width, 3). */
export interface Image extends ImageSize {
  readonly pixels: Uint8Array
}

/** An image in a parquet file: the `bytes` of a column, in a row counted from 0 over all row groups. */
export interface ImageCell {
  readonly file: string
  readonly column: string
  readonly row: number
}

/** Converts pixels (height, width, 3) to planes (3, height, width). */
export function toPlanes({width, height, pixels}: Image): Uint8Array {
  const size = width * height
  const planes = new Uint8Array(3 * size)
  for (let i = 0, at = 0; i < size; i++, at += 3) {
    planes[i] = pixels[at]
    planes[i + size] = pixels[at + 1]
    planes[i + 2 * size] = pixels[at + 2]
  }
  return planes
}

/** Converts planes (3, height, width) to pixels (height, width, 3). */
export function fromPlanes(planes: Uint8Array, {width, height}: ImageSize): Image {
  const size = width * height
  const pixels = new Uint8Array(3 * size)
  for (let i = 0, at = 0; i < size; i++, at += 3) {
    pixels[at] = planes[i]
    pixels[at + 1] = planes[i + size]
    pixels[at + 2] = planes[i + 2 * size]
  }
  return {width, height, pixels}
}
