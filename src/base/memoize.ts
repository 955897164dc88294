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
