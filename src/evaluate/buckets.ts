/** The padded length a prompt of `length` tokens is read at: multiples of 16 up to 128, of 32 above. */
export function promptBucket(length: number): number {
  const unit = length <= 128 ? 16 : 32
  return Math.ceil(length / unit) * unit
}

/** The capacity of a cache that must hold `columns`: 32 · 2ⁿ or 48 · 2ⁿ, few enough to share programs. */
export function capacityFor(columns: number): number {
  const power = 2 ** Math.ceil(Math.log2(Math.max(columns, 64)))
  return columns <= power * 0.75 ? power * 0.75 : power
}

/** The batch size for `rows` that are left of `batch`: batch halved as often as it still holds them. */
export function shrunkBatch(batch: number, rows: number): number {
  const half = Math.ceil(batch / 2)
  return half < batch && rows <= half ? shrunkBatch(half, rows) : batch
}
