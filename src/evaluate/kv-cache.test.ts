import {expect, test} from 'vitest'
import {toBfloat16} from '../base/half.ts'
import {
  appendColumns,
  assignSlots,
  type CacheColumns,
  copyRow,
  emptyCache,
  gatherRows,
  type KvCache,
} from './kv-cache.ts'

const SIZES = {precision: 'f32', layers: 2, kvHeads: 3, headSize: 2} as const

/** Columns whose every value encodes its position; `name` distinguishes rows. */
function columns(names: readonly number[], length: number, column: number): CacheColumns {
  const layer = (tag: number) =>
    Float32Array.from(
      names.flatMap(name =>
        Array.from({length: 3 * length * 2}, (_, i) => {
          const [head, t, d] = [Math.floor(i / (length * 2)), Math.floor(i / 2) % length, i % 2]
          return name * 10_000 + tag * 1000 + head * 100 + (column + t) * 10 + d
        }),
      ),
    )
  return {
    keys: [layer(0), layer(1)],
    values: [layer(2), layer(3)],
    mask: Float32Array.from(names.flatMap(name => Array.from({length}, (_, t) => ((name + t) % 2 === 0 ? 0 : 1)))),
  }
}

/** What the filled columns must be when row r is called names[r]. */
function expectRows(cache: KvCache, names: readonly number[], read: readonly CacheColumns[]): void {
  const fresh = read.reduce(appendColumns, emptyCache(SIZES, names.length, cache.capacity))
  expect(cache.filled).toBe(fresh.filled)
  expect(cache.keys).toEqual(fresh.keys)
  expect(cache.values).toEqual(fresh.values)
  expect(cache.mask).toEqual(fresh.mask)
}

const read = (names: readonly number[]) => [columns(names, 3, 0), columns(names, 1, 3)]

test('columns are appended head by head', () => {
  const cache = read([1, 2]).reduce(appendColumns, emptyCache(SIZES, 2, 5))
  expect([...cache.keys[1].subarray(0, 10)]).toEqual([11000, 11001, 11010, 11011, 11020, 11021, 11030, 11031, 0, 0])
  expect([...cache.values[0].subarray(3 * 10 + 10, 3 * 10 + 20)]).toEqual([
    22100, 22101, 22110, 22111, 22120, 22121, 22130, 22131, 0, 0,
  ])
  expect([...cache.mask]).toEqual([1, 0, 1, 1, 0, 0, 1, 0, 0, 0])
})

test('gathered rows keep their columns, in fewer, more or longer rows', () => {
  const cache = read([1, 2, 3]).reduce(appendColumns, emptyCache(SIZES, 3, 4))
  expectRows(gatherRows(cache, [2], 4), [3], read([3]))
  expectRows(gatherRows(cache, [0, 0, 2, 1], 9), [1, 1, 3, 2], read([1, 1, 3, 2]))
})

test('a row becomes a copy of another', () => {
  const cache = read([1, 2, 3]).reduce(appendColumns, emptyCache(SIZES, 3, 6))
  copyRow({cache, row: 2}, {cache, row: 0})
  expectRows(cache, [3, 2, 3], read([3, 2, 3]))
})

test('the first to continue a row stays, others move to rows that nobody continues', () => {
  expect(assignSlots([0, 1, 2], 3)).toEqual({slots: [0, 1, 2], copies: []})
  expect(assignSlots([3, 1], 4)).toEqual({slots: [3, 1], copies: []})
  expect(assignSlots([2, 2, 0, 2], 4)).toEqual({
    slots: [2, 1, 0, 3],
    copies: [
      [2, 1],
      [2, 3],
    ],
  })
})

test('in bfloat16 the bits are appended and gathered as they are, in half the memory', () => {
  const sizes = {...SIZES, precision: 'bf16'} as const
  const inBf16 = (names: readonly number[]) =>
    read(names).map(({keys, values, mask}) => {
      const [first, second] = [keys, values].map(layers => layers.map(layer => toBfloat16(Float32Array.from(layer))))
      return {keys: first, values: second, mask}
    })
  const cache = inBf16([1, 2, 3]).reduce(appendColumns, emptyCache(sizes, 3, 4))
  expect([...cache.keys, ...cache.values].every(layer => layer instanceof Uint16Array)).toBe(true)
  const gathered = gatherRows(cache, [2, 0], 6)
  expect(gathered).toEqual(inBf16([3, 1]).reduce(appendColumns, emptyCache(sizes, 2, 6)))
})
