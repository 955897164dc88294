import type {CacheShape} from '../models/causal-lm.ts'

/** The padded length a prompt of `length` tokens is read at: a multiple of `unit`, by default of 16 up to 128, of 32 above. */
export const promptBucket = (length: number, unit = length <= 128 ? 16 : 32): number => Math.ceil(length / unit) * unit

/**
 * The padded length of texts that are scored, of which the longest has this number of tokens: at most what the model reads.
 * Padding alone makes no text long (longrope).
 */
export function scoredLength(tokens: number, {longest = Number.POSITIVE_INFINITY, cache}: LengthLimits): number {
  const {longAbove = 0} = cache ?? {}
  return Math.min(promptBucket(tokens), longest, tokens <= longAbove ? longAbove : Number.POSITIVE_INFINITY)
}

interface LengthLimits {
  readonly longest?: number | undefined
  readonly cache?: Pick<CacheShape, 'longAbove'>
}

/** The capacity of a growing cache of `columns`: not much more, since empty columns cost time too. */
export const capacityFor = (columns: number) => columns + Math.max(32, Math.ceil(columns / 8))

/** The batch size for the `rows` that are left of `batch`: the batch, halved as long as they fit. */
export function shrunkBatch(batch: number, rows: number): number {
  const half = Math.ceil(batch / 2)
  return half < batch && rows <= half ? shrunkBatch(half, rows) : batch
}
