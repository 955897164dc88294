/** The filter that weights pixels when an image is scaled. */
export type Filter = keyof typeof FILTERS

/** How a line of `from` pixels is resampled to `to`. */
interface Resampling {
  readonly from: number
  readonly to: number
  readonly filter: Filter
}

/** Some of the pixels of a line. */
export interface Span {
  readonly first: number
  readonly count: number
}

/** For each pixel of a resampled line, the pixels of the old line that contribute to it, and their weights. */
export interface Coefficients {
  /** The first old pixel. */
  readonly first: Int32Array
  /** The number of old pixels, at most `taps`. */
  readonly count: Int32Array
  /** `taps` weights for each new pixel, in units of 1 / 2²². */
  readonly weights: Int32Array
  readonly taps: number
}

/**
 * Computes the weights to resample a line, for all new pixels or `count` from `first` on. If it
 * shrinks, the filter widens by the same factor, so that every old pixel counts (antialiasing); at the ends of the line, the
 * remaining weights are normalized to the sum of 1. As in Pillow, they are computed in float64, then rounded half away from
 * zero to 22 fractional bits.
 */
export function coefficients(
  {from, to, filter}: Resampling,
  {first: start, count: length}: Span = {first: 0, count: to},
): Coefficients {
  const {radius, weigh} = FILTERS[filter]
  const scale = from / to
  const filterScale = Math.max(scale, 1)
  const support = radius * filterScale
  const taps = Math.ceil(support) * 2 + 1
  const first = new Int32Array(length)
  const count = new Int32Array(length)
  const weights = new Int32Array(length * taps)
  const line = new Float64Array(taps)

  for (let x = 0; x < length; x++) {
    const centre = (start + x + 0.5) * scale
    const begin = Math.max(0, Math.trunc(centre - support + 0.5))
    const end = Math.min(from, Math.trunc(centre + support + 0.5))
    let sum = 0
    for (let i = 0; i < end - begin; i++) {
      line[i] = weigh((i + begin - centre + 0.5) * (1 / filterScale))
      sum += line[i]
    }
    for (let i = 0; i < end - begin; i++) weights[x * taps + i] = toFixed(sum === 0 ? line[i] : line[i] / sum)
    first[x] = begin
    count[x] = end - begin
  }
  return {first, count, weights, taps}
}

const toFixed = (weight: number) => Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * ONE)

const ONE = 2 ** 22

/** The weight of each filter at a distance in pixels, and the distance from which on it is 0. */
export const FILTERS = {
  bilinear: {
    radius: 1,
    weigh: (distance: number) => Math.max(0, 1 - Math.abs(distance)),
  },
  bicubic: {
    radius: 2,
    weigh: (distance: number) => cubic(distance, -0.5),
  },
} as const

/** The weight of Keys' cubic convolution, 1981, at a distance in pixels, from 2 on 0. */
export function cubic(distance: number, a: number): number {
  const x = Math.abs(distance)
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
}
