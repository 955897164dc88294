/** `make`, which computes the same from the same numbers every time, with its newest results kept: treat them as frozen. */
export function memoize<Numbers extends readonly number[], T>(make: (...of: Numbers) => T): (...of: Numbers) => T {
  const kept = new Map<string, T>()
  return (...of) => {
    const key = of.join()
    const found = kept.get(key) ?? make(...of)
    kept.delete(key)
    kept.set(key, found)
    if (kept.size > MOST) kept.delete(kept.keys().next().value!)
    return found
  }
}

/** More sizes than a model has. */
const MOST = 16
