export type Channels = readonly [red: number, green: number, blue: number]

export interface Normalization {
  /** The means of the channels of pixels in [0, 1]. */
  readonly mean: Channels
  readonly std: Channels
}

/**
 * Normalizes the planes of one or more images (B, 3, H, W) to float32: (x / 255 − mean) / std, each operation rounded to
 * float32, as in torchvision and transformers.
 */
export function normalize(planes: Uint8Array, size: number, {mean, std}: Normalization): Float32Array {
  const tables = mean.map((_, channel) => tableOf(mean[channel], std[channel]))
  const values = new Float32Array(planes.length)
  for (let at = 0, plane = 0; at < planes.length; plane++) {
    const table = tables[plane % 3]
    for (const end = at + size; at < end; at++) values[at] = table[planes[at]]
  }
  return values
}

/** The normalized value of every byte. */
function tableOf(mean: number, std: number): Float32Array {
  const [centre, scale] = [Math.fround(mean), Math.fround(std)]
  return Float32Array.from({length: 256}, (_, x) => Math.fround(Math.fround(x / 255) - centre) / scale)
}
