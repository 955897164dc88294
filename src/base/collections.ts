import {getOrAdd} from './memoize.ts'

/** Groups values by a key, in the order in which the keys first occur. */
export function groupBy<T, K>(values: Iterable<T>, key: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const value of values) getOrAdd(groups, key(value), () => []).push(value)
  return groups
}

/** The values but those that are false or undefined: `compact([a, isShown && b])`. */
export const compact = <T>(values: readonly (T | false | undefined)[]): T[] =>
  values.filter(value => value !== false && value !== undefined) as T[]

/** Compares texts by code units, the same way on every machine. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The bytes of an array, as a view of the same memory. */
export const viewBytes = ({buffer, byteOffset, byteLength}: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** The sum of the values, added in their order. */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Divides values, in order, into parts of at most `most` bytes together; a value that has more is alone. */
export function divideBytes<T>(values: Iterable<T>, bytesOf: (value: T) => number, most: number): T[][] {
  const parts: T[][] = []
  let room = 0
  for (const value of values) {
    const bytes = bytesOf(value)
    if (parts.length === 0 || bytes > room) {
      parts.push([])
      room = most
    }
    parts[parts.length - 1].push(value)
    room -= bytes
  }
  return parts
}

/** A record of what `convert` returns for each value, under the same names. */
export const mapValues = <Name extends string, T, U>(
  record: Readonly<Record<Name, T>>,
  convert: (value: T, name: Name) => U,
): Record<Name, U> => {
  const entries = Object.entries<T>(record).map(([name, value]) => [name, convert(value, name as Name)])
  return Object.fromEntries(entries)
}

/** The entries whose names begin with `prefix`, by the rest of the name. */
export function withPrefix<T>(entries: Readonly<Record<string, T>>, prefix: string): Record<string, T> {
  const chosen = Object.entries(entries).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(chosen.map(([name, value]) => [name.slice(prefix.length), value]))
}
