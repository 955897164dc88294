/** How far apart two tokens are, as DeBERTa counts it. */
export interface RelativeConfig {
  /** Distances beyond half as many share logarithmic buckets; 0 is a bucket a distance. */
  readonly buckets: number
  /** The distance that the last bucket begins with. */
  readonly farthest: number
}

/** The rows of the embedding of positions that a text's pairs of tokens read. */
export interface RelativeRows {
  /** They lie together: `count` rows from `first` on. */
  readonly first: number
  readonly count: number
  /** For the distances −(T − 1) … T − 1 in this order, the row, counted from `first`. */
  readonly at: Int32Array
}

/** The embedding has a row for each bucket on either side. */
export const relativeSpan = ({buckets, farthest}: RelativeConfig) => (buckets > 0 ? buckets : farthest)

/** What the pairs of a text of T tokens read. */
export function relativeRows(T: number, config: RelativeConfig): RelativeRows {
  const span = relativeSpan(config)
  const rows = Int32Array.from({length: 2 * T - 1}, (_, i) => {
    const row = relativeBucket(i - (T - 1), config) + span
    return Math.max(0, Math.min(2 * span - 1, row))
  })
  const [first, last] = [rows[0], rows[rows.length - 1]] // buckets grow with distance
  return {first, count: last - first + 1, at: rows.map(row => row - first)}
}

/**
 * The bucket of a distance: itself up to half the buckets, then by its logarithm, so that `farthest` − 1 falls in the last.
 * In float32 at every step, as the reference rounds: a bucket's edge depends on it.
 */
export function relativeBucket(distance: number, {buckets, farthest}: RelativeConfig): number {
  const middle = Math.floor(buckets / 2)
  const far = Math.abs(distance)
  if (buckets <= 0 || far <= middle) return distance
  const log = (x: number) => Math.fround(Math.log(Math.fround(x)))
  const share = Math.fround(log(far / middle) / log((farthest - 1) / middle))
  return Math.sign(distance) * (Math.ceil(Math.fround(share * (middle - 1))) + middle)
}
