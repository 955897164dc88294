/** The padded length a prompt of `length` tokens is read at: multiples of 16 up to 128, of 32 above. */
export function promptBucket(length: number): number {
  const unit = length <= 128 ? 16 : 32
  return Math.ceil(length / unit) * unit
}

/** The capacity of a cache that holds `columns` and grows: not much more, for what is empty is read too. */
export const capacityFor = (columns: number) => columns + Math.max(32, Math.ceil(columns / 8))

/** The batch size for `rows` that are left of `batch`: batch halved as often as it still holds them. */
export function shrunkBatch(batch: number, rows: number): number {
  const half = Math.ceil(batch / 2)
  return half < batch && rows <= half ? shrunkBatch(half, rows) : batch
}
