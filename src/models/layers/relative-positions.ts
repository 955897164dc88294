/** Buckets for the distance between two tokens, as in DeBERTa. */
export interface RelativeConfig {
  /** The number of buckets: distances beyond half of it share logarithmic ones. 0 means one bucket a distance. */
  readonly buckets: number
  /** The distance at which the last bucket begins. */
  readonly farthest: number
}

/** The rows of the position embedding that the pairs of tokens of a text use. */
export interface RelativeRows {
  /** The rows are contiguous: `count` rows from `first` on. */
  readonly first: number
  readonly count: number
  /** The row for each of the distances −(T − 1) … T − 1, counted from `first`. */
  readonly at: Int32Array
}

/** The number of rows on either side: one per bucket. */
export const relativeSpan = ({buckets, farthest}: RelativeConfig) => (buckets > 0 ? buckets : farthest)

/** The rows that a text of T tokens uses. */
export function relativeRows(T: number, config: RelativeConfig): RelativeRows {
  const span = relativeSpan(config)
  const rows = Int32Array.from({length: 2 * T - 1}, (_, i) => {
    const row = relativeBucket(i - (T - 1), config) + span
    return Math.max(0, Math.min(2 * span - 1, row))
  })
  const first = rows.reduce((least, row) => Math.min(least, row))
  const last = rows.reduce((most, row) => Math.max(most, row))
  return {first, count: last - first + 1, at: rows.map(row => row - first)}
}

/**
 * The bucket of a distance: the distance itself up to half the buckets, then by its logarithm, so that `farthest` − 1 falls
 * in the last. Rounded to float32 at every step, as in the reference: the edges of buckets depend on it.
 */
export function relativeBucket(distance: number, {buckets, farthest}: RelativeConfig): number {
  const middle = Math.floor(buckets / 2)
  const far = Math.abs(distance)
  if (buckets <= 0 || far <= middle) return distance
  const log = (x: number) => Math.fround(Math.log(Math.fround(x)))
  const share = Math.fround(log(far / middle) / log((farthest - 1) / middle))
  return Math.sign(distance) * (Math.ceil(Math.fround(share * (middle - 1))) + middle)
}
