/** The padded length a prompt of `length` tokens is read at: a multiple of `unit`, by default of 16 up to 128, of 32 above. */
export const promptBucket = (length: number, unit = length <= 128 ? 16 : 32): number => Math.ceil(length / unit) * unit

/** The capacity of a growing cache of `columns`: not much more, since empty columns cost time too. */
export const capacityFor = (columns: number) => columns + Math.max(32, Math.ceil(columns / 8))

/** The batch size for the `rows` that are left of `batch`: the batch, halved as long as they fit. */
export function shrunkBatch(batch: number, rows: number): number {
  const half = Math.ceil(batch / 2)
  return half < batch && rows <= half ? shrunkBatch(half, rows) : batch
}
