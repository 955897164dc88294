/** Caches the latest results of a pure function of sizes. Its callers share them and must not change them. */
export function memoize<Sizes extends readonly number[], T>(compute: (...sizes: Sizes) => T): (...sizes: Sizes) => T {
  const cached = new Map<string, T>()
  return (...sizes) => {
    const key = sizes.join()
    const result = cached.get(key) ?? compute(...sizes)
    cached.delete(key)
    cached.set(key, result)
    const [oldest] = cached.keys()
    if (cached.size > CAPACITY) cached.delete(oldest)
    return result
  }
}

/** More sizes than a model has. */
const CAPACITY = 16
