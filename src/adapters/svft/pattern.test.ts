import {readdirSync, readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {Fault} from '../../base/fault.ts'
import {random} from '../../tensor/random.ts'
import {readSafetensors} from '../../weights/safetensors.ts'
import {float, type PretrainedWeight} from '../adapter.ts'
import {buildSvft} from './build.ts'
import {
  bandedPositions,
  countEntries,
  distinctPositions,
  type EntryPositions,
  randomPositions,
  topPositions,
} from './pattern.ts'

const goldens = new URL('../../../test/goldens/pattern/', import.meta.url).pathname
const names = readdirSync(goldens)

test('the goldens are all there', () => {
  expect(names).toHaveLength(12)
})

for (const name of names) {
  test(`${name} has M's entries at the positions of the reference`, async () => {
    const {adapter, n} = JSON.parse(readFileSync(`${goldens}${name}/case.json`, 'utf8'))
    const expected = JSON.parse(readFileSync(`${goldens}${name}/expected.json`, 'utf8'))
    const {frozen} = await buildSvft(adapter).init(await origin(name, n), random(1))
    expect(numbers(frozen.m_row)).toEqual(expected.rows)
    expect(numbers(frozen.m_col)).toEqual(expected.columns)
  })
}

test('k is n(2d + 1) − d(d + 1) for every pattern but plain', () => {
  for (const pattern of ['banded', 'random', 'topk'] as const) {
    expect(countEntries({pattern, d: 16, area: [2048, 2048]})).toBe(2048 * 33 - 16 * 17)
    expect(countEntries({pattern, d: 0, area: [5, 5]})).toBe(5)
    expect(countEntries({pattern, d: 4, area: [5, 5]})).toBe(25)
    expect(countEntries({pattern, d: 5, area: [5, 5]})).toBe(25)
  }
  expect(countEntries({pattern: 'plain', d: 3, area: [5, 5]})).toBe(5)
})

test('in a matrix that is not square, every pattern has as many entries as its band', () => {
  const area = [2048, 16384] as const
  for (const pattern of ['banded', 'random', 'topk'] as const) {
    expect(countEntries({pattern, d: 16, area})).toBe(2048 * 33 - (16 * 17) / 2)
    expect(countEntries({pattern, d: 9, area: [5, 7]})).toBe(35)
  }
  expect(countEntries({pattern: 'plain', d: 16, area})).toBe(2048)
  const {rows, columns} = bandedPositions([3, 5], 1)
  expect([...rows].map((row, q) => `${row}${columns[q]}`)).toEqual(['00', '01', '10', '11', '12', '21', '22', '23'])
})

test('beyond d = n a band is the whole matrix, while random and top-k follow the formula down', () => {
  expect(countEntries({pattern: 'banded', d: 9, area: [5, 5]})).toBe(25)
  expect(countEntries({pattern: 'random', d: 6, area: [5, 5]})).toBe(5 * 13 - 6 * 7)
  expect(countEntries({pattern: 'topk', d: 5, area: [3, 3]})).toBe(3)
  expect(() => countEntries({pattern: 'random', d: 2, area: [1, 1]})).toThrow(
    'svft random: a weight with 1 singular values has room for at most 1 diagonals, not 2',
  )
})

test('a band as wide as the matrix has as many positions as counted', () => {
  for (const [n, d] of [
    [1, 0],
    [1, 3],
    [4, 2],
    [4, 3],
    [4, 4],
    [4, 9],
  ]) {
    // biome-ignore format: pairs
    expect(bandedPositions([n, n], d).rows).toHaveLength(countEntries({pattern: 'banded', d, area: [n, n]}))
  }
})

test('random draws rows and columns uniformly, and repeats a few positions', () => {
  const [n, k] = [32, 32 * 9 - 20]
  const all = Array.from({length: 200}, (_, seed) => randomPositions([n, n], {k, random: random(seed)}))
  for (const side of ['rows', 'columns'] as const) {
    const counts = new Float64Array(n)
    for (const places of all) for (const place of places[side]) counts[place]++
    const expected = (200 * k) / n
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(chiSquared).toBeLessThan(31 + 5 * Math.sqrt(2 * 31)) // 31 degrees of freedom
  }
  const repeated = all.reduce((sum, places) => sum + k - flat(places, n).size, 0) / 200
  const expected = k - n * n * (1 - (1 - 1 / (n * n)) ** k)
  expect(Math.abs(repeated - expected)).toBeLessThan(2)
  expect(all[0]).not.toEqual(all[1])
})

test('distinct sampling repeats no position, and draws all equally often', () => {
  const [n, k] = [6, 14]
  const counts = new Float64Array(n * n)
  for (let seed = 0; seed < 500; seed++) {
    const places = flat(distinctPositions([n, n], {k, random: random(seed)}), n)
    expect(places.size).toBe(k)
    for (const place of places) counts[place]++
  }
  const expected = (500 * k) / (n * n)
  for (const count of counts) expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected))
  expect(flat(distinctPositions([n, n], {k: n * n, random: random(1)}), n).size).toBe(n * n)
})

test('distinct sampling draws every set of positions equally often, row by row', () => {
  const counts = new Map<string, number>()
  for (let seed = 0; seed < 1500; seed++) {
    const set = String([...flat(distinctPositions([2, 3], {k: 2, random: random(seed)}), 3)])
    counts.set(set, (counts.get(set) ?? 0) + 1)
  }
  expect(counts.size).toBe(15) // 2 out of 6, in one order only
  for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(5 * Math.sqrt(100))
})

test('top-k takes signed scores in descending order, the earlier of equal ones first', () => {
  const scores = Float32Array.of(0, 3, -9, 2, 2, 0, 3, 2, 1)
  const places = (k: number) => {
    const {rows, columns} = topPositions(scores, {n: 3, k})
    return [...rows].map((row, q) => row * 3 + columns[q])
  }
  expect(places(4)).toEqual([1, 6, 3, 4])
  expect(places(1)).toEqual([1])
  expect(places(9)).toEqual([1, 6, 3, 4, 7, 8, 0, 5, 2])
})

test('top-k refuses a rank, and its paper rule a weight that is not square', () => {
  expect(() => buildSvft({pattern: 'topk', diagonals: 1, rank: 4})).toThrow(
    new Fault('recipe', 'pattern topk compares all singular vectors and cannot have a rank; leave it out'),
  )
  const adapter = buildSvft({pattern: 'topk', diagonals: 1, topk: 'paper'})
  expect(adapter.shapes([6, 6]).trainable.m).toEqual(float(16))
  expect(() => adapter.shapes([6, 7])).toThrow(
    "svft topk by the paper's rule needs a square weight, not 6 × 7; choose other targets, or topk: code",
  )
})

/** The case's factors where it has some; else zeros of its size, which its pattern does not look at. */
async function origin(name: string, n: number): Promise<PretrainedWeight> {
  const [, out, into] = /(\d+)x(\d+)$/.exec(name)!.map(Number)
  const zeros = (...shape: number[]) =>
    ({dtype: 'float32', shape, at: {data: new Float32Array(shape.reduce((a, b) => a * b))}}) as const
  const least = Math.min(out, into)
  expect(n).toBeLessThanOrEqual(least)
  const given = name.includes('topk') ? await readSafetensors(`${goldens}${name}/tensors.safetensors`) : {}
  return {
    shape: [out, into],
    weight: async () => new Float32Array(out * into),
    factors: async () => ({
      u: given['frozen.u'] ?? zeros(out, least),
      sigma: given['frozen.s_pre'] ?? zeros(least),
      v: given['frozen.v'] ?? zeros(least, into),
    }),
  }
}

function numbers({at}: {readonly at: object}): number[] {
  return Array.from((at as {readonly data: Int32Array}).data)
}

const flat = ({rows, columns}: EntryPositions, n: number) => new Set(rows.map((row, q) => row * n + columns[q]))
