import type {Precision} from '../engine/program.ts'

/** The sizes of one token's keys and values, and the precision that they are stored in. */
export interface CacheSizes {
  readonly precision: Precision
  readonly layers: number
  readonly kvHeads: number
  readonly headSize: number
}

/** Keys or values of one layer: float32, or the bits of bfloat16. */
export type CacheArray = Float32Array | Uint16Array

/** Keys and values of the tokens that a batch has read, each an array a layer, (B, K, S, D), with `filled` columns in use. */
export interface KvCache {
  readonly sizes: CacheSizes
  /** B */
  readonly rows: number
  /** S */
  readonly capacity: number
  readonly filled: number
  readonly keys: readonly CacheArray[]
  readonly values: readonly CacheArray[]
  /** (B, S): 1 at real tokens, 0 at padding and beyond `filled`. */
  readonly mask: Float32Array
}

/** Columns to append to a cache: (B, K, T, D) a layer, and a mask (B, T) that is 1 at real tokens. */
export type CacheColumns = Pick<KvCache, 'keys' | 'values' | 'mask'>

export function emptyCache(sizes: CacheSizes, rows: number, capacity: number): KvCache {
  const {layers: count, kvHeads, headSize, precision} = sizes
  const array = precision === 'bf16' ? Uint16Array : Float32Array
  const layers = () => Array.from({length: count}, () => new array(rows * kvHeads * capacity * headSize))
  return {sizes, rows, capacity, filled: 0, keys: layers(), values: layers(), mask: new Float32Array(rows * capacity)}
}

/** Writes columns after the filled ones, in place. */
export function appendColumns(cache: KvCache, columns: CacheColumns): KvCache {
  const {sizes, rows, capacity, filled} = cache
  const length = columns.mask.length / rows // T
  const added = parts(sizes, columns)
  for (const [i, {data, bands, width}] of parts(sizes, cache).entries()) {
    for (let band = 0; band < rows * bands; band++) {
      const to = (band * capacity + filled) * width
      copyEntries(added[i].data, band * length * width, data, {to, count: length * width})
    }
  }
  return {...cache, filled: filled + length}
}

/** The mask without the columns that are outside the window of the next token, which attends to `window` columns with its own. */
export function nearColumns({mask, rows, capacity, filled}: KvCache, window: number): Float32Array {
  const near = mask.slice()
  const outside = Math.max(0, filled - window + 1)
  for (let row = 0; row < rows; row++) near.fill(0, row * capacity, row * capacity + outside)
  return near
}

interface CacheRow {
  readonly cache: KvCache
  readonly row: number
}

/** Returns a new cache whose row r is row from[r] of this one. */
export function gatherRows(cache: KvCache, from: readonly number[], capacity: number): KvCache {
  const gathered = {...emptyCache(cache.sizes, from.length, capacity), filled: cache.filled}
  for (const [to, row] of from.entries()) copyRow({cache, row}, {cache: gathered, row: to})
  return gathered
}

/** Copies a row to one of the same cache, or of another, in place. */
export function copyRow(from: CacheRow, to: CacheRow): void {
  const [source, target] = [from.cache, to.cache]
  const targets = parts(target.sizes, target)
  for (const [i, {data, bands, width}] of parts(source.sizes, source).entries()) {
    for (let band = 0; band < bands; band++) {
      const begin = (from.row * bands + band) * source.capacity * width
      const filled = data.subarray(begin, begin + source.filled * width)
      targets[i].data.set(filled, (to.row * bands + band) * target.capacity * width)
    }
  }
}

/** Copies one by one what one token adds to a band, without an object for it: a token adds thousands of them. */
function copyEntries(
  source: CacheArray,
  from: number,
  target: CacheArray,
  {to, count}: {readonly to: number; readonly count: number},
): void {
  if (count > FEW) target.set(source.subarray(from, from + count), to)
  else for (let i = 0; i < count; i++) target[to + i] = source[from + i]
}

const FEW = 256

/** All arrays in one form, (B, bands, S, width); the mask is a single band of width 1. */
const parts = ({kvHeads, headSize}: CacheSizes, {keys, values, mask}: CacheColumns) => [
  ...[...keys, ...values].map(data => ({data, bands: kvHeads, width: headSize})),
  {data: mask, bands: 1, width: 1},
]

/**
 * Assigns slots in a cache of `rows` rows to the rows that continue the rows `from`, with as few copies as possible: the
 * first to continue a row keeps its slot, others are copied to rows that are no longer needed.
 */
export function assignSlots(
  from: readonly number[],
  rows: number,
): {readonly slots: readonly number[]; readonly copies: readonly (readonly [from: number, to: number])[]} {
  const continued = new Set(from)
  const free = Array.from({length: rows}, (_, row) => row).filter(row => !continued.has(row))
  const taken = new Set<number>()
  const copies: [number, number][] = []
  const slots = from.map(row => {
    const slot = taken.has(row) ? free.shift() : row
    if (slot === undefined) throw new Error(`${from.length} rows do not fit in a cache of ${rows}`)
    taken.add(row)
    if (slot !== row) copies.push([row, slot])
    return slot
  })
  return {slots, copies}
}
