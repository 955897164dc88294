/** Runs `work` on all items in order, `width` at a time. The first error aborts the others and is thrown. */
export async function forEachConcurrently<T>(
  items: readonly T[],
  {width, signal}: {readonly width: number; readonly signal: AbortSignal},
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const left = items.values()
  const failed = new AbortController()
  const both = AbortSignal.any([signal, failed.signal])
  const errors: unknown[] = []
  const lane = async () => {
    for (const item of left) {
      both.throwIfAborted()
      await work(item, both)
    }
  }
  const lanes = Array.from({length: Math.min(width, items.length)}, () =>
    lane().catch(error => {
      errors.push(error)
      failed.abort()
    }),
  )
  await Promise.all(lanes)
  if (errors.length > 0) throw signal.aborted ? signal.reason : errors[0]
}
