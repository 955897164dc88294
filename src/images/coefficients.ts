/** How pixels are weighed when an image is scaled. */
export type Filter = keyof typeof FILTERS

/** For each pixel of a resampled line: which pixels of the old line it is made of, and their weights. */
export interface Coefficients {
  /** The first old pixel. */
  readonly first: Int32Array
  /** How many old pixels, at most `taps`. */
  readonly count: Int32Array
  /** `taps` a new pixel, in 1 / 2²². */
  readonly weights: Int32Array
  readonly taps: number
}

/**
 * Weights for a line of `from` pixels that becomes one of `to`. Where it shrinks the filter widens by the same factor,
 * so that every old pixel counts (antialiasing); at the line's ends the weights that are left share the sum of 1.
 * As Pillow computes them: in float64, then rounded half away from zero to 22 bits below the point.
 */
export function coefficients(from: number, to: number, filter: Filter): Coefficients {
  const {radius, weigh} = FILTERS[filter]
  const scale = from / to
  const widened = Math.max(scale, 1)
  const support = radius * widened
  const taps = Math.ceil(support) * 2 + 1
  const first = new Int32Array(to)
  const count = new Int32Array(to)
  const weights = new Int32Array(to * taps)
  const line = new Float64Array(taps)

  for (let x = 0; x < to; x++) {
    const centre = (x + 0.5) * scale
    const begin = Math.max(0, Math.trunc(centre - support + 0.5))
    const end = Math.min(from, Math.trunc(centre + support + 0.5))
    let sum = 0
    for (let i = 0; i < end - begin; i++) {
      line[i] = weigh((i + begin - centre + 0.5) * (1 / widened))
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

/** A filter's weight at a distance in pixels, and from which distance on it is 0. */
export const FILTERS = {
  bilinear: {
    radius: 1,
    weigh: (distance: number) => Math.max(0, 1 - Math.abs(distance)),
  },
  /** Keys' cubic convolution, 1981, a = −1/2. */
  bicubic: {
    radius: 2,
    weigh: (distance: number) => {
      const x = Math.abs(distance)
      if (x < 1) return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * CUBIC : 0
    },
  },
} as const

const CUBIC = -0.5
