/** Caches a value for each group of items; it is recomputed only if the group's items have changed since the last call. */
export function cacheByGroup<T, V>(compute: (items: readonly T[]) => V): (groups: Iterable<Group<T>>) => readonly V[] {
  let known = new Map<string, {readonly items: readonly T[]; readonly value: V}>()
  return groups => {
    known = new Map(
      Array.from(groups, ([key, items]) => {
        const before = known.get(key)
        return [key, before && haveSameItems(before.items, items) ? before : {items, value: compute(items)}]
      }),
    )
    return Array.from(known.values(), ({value}) => value)
  }
}

type Group<T> = readonly [key: string, items: readonly T[]]

/** Whether two lists have the same items, compared by identity, in the same order. */
export const haveSameItems = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i])
