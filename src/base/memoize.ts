/** Returns the map's value for a key; if it has none, stores and returns what `make` returns. */
export function getOrAdd<K, V>(map: Lookup<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** A Map or a WeakMap. */
interface Lookup<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): unknown
}

/** Makes a function of immutable objects compute its value once for each; values are kept as long as their objects. */
export function memoizeByObject<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, {readonly value: V}>()
  return key => {
    const before = known.get(key)
    if (before) return before.value
    const value = compute(key)
    known.set(key, {value})
    return value
  }
}

/** Caches the latest results of a pure function of numbers. Its callers share them and must not change them. */
export function memoize<Numbers extends readonly number[], T>(
  compute: (...numbers: Numbers) => T,
  capacity = CAPACITY,
): (...numbers: Numbers) => T {
  const cached = new Map<string, T>()
  return (...numbers) => {
    const key = numbers.join()
    const result = cached.get(key) ?? compute(...numbers)
    cached.delete(key)
    cached.set(key, result)
    const [oldest] = cached.keys()
    if (cached.size > capacity) cached.delete(oldest)
    return result
  }
}

/** More than the sizes of a model's matrices. */
const CAPACITY = 16
