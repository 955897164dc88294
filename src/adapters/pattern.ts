import {Fault} from '../engine/fault.ts'
import type {Random} from '../tensor/random.ts'

export type Pattern = 'plain' | 'banded' | 'random' | 'topk'

/** Where M's k numbers stand in the n × n matrix between U and Vᵀ: number q at row `rows[q]`, column `columns[q]`. */
export interface Places {
  readonly rows: Int32Array
  readonly columns: Int32Array
}

/**
 * k, how many numbers M has: n(2d + 1) − d(d + 1) (paper, section 3.1). The formula holds up to d = n; beyond it a band
 * fills the whole matrix, while random and top-k follow the formula down, as the official code does.
 */
export function countPlaces(pattern: Pattern, n: number, d: number): number {
  if (pattern === 'plain') return n
  const reach = pattern === 'banded' ? Math.min(d, n) : d
  const k = n * (2 * reach + 1) - reach * (reach + 1)
  if (k < 1) {
    throw new Fault('recipe', `svft ${pattern}: too many diagonals for a weight with ${n} singular values: ${d}`)
  }
  return k
}

/** The places with |row − column| ≤ d, row by row; d = 0 is the diagonal. */
export function bandedPlaces(n: number, d: number): Places {
  const k = countPlaces('banded', n, d)
  const rows = new Int32Array(k)
  const columns = new Int32Array(k)
  let q = 0
  for (let i = 0; i < n; i++) {
    for (let j = Math.max(0, i - d); j <= Math.min(n - 1, i + d); j++) {
      rows[q] = i
      columns[q++] = j
    }
  }
  return {rows, columns}
}

/** Rows and columns drawn independently, so a place may come twice; numbers at one place add up. */
export function randomPlaces(n: number, k: number, random: Random): Places {
  const draw = (from: Random) => Int32Array.from({length: k}, () => from.int(n))
  return {rows: draw(random.fork('rows')), columns: draw(random.fork('columns'))}
}

/** k different places, every choice equally likely (Floyd's sampling), row by row. */
export function distinctPlaces(n: number, k: number, random: Random): Places {
  const chosen = new Set<number>()
  for (let last = n * n - k; last < n * n; last++) {
    const place = random.int(last + 1)
    chosen.add(chosen.has(place) ? last : place)
  }
  return fromFlat(Int32Array.from(chosen).sort(), n)
}

/** The places of the k largest of n × n signed scores, in falling order; of equal scores the earlier place comes first. */
export function topPlaces(scores: Float32Array, n: number, k: number): Places {
  const least = scores.slice().sort()[scores.length - k]
  const above: number[] = []
  const equal: number[] = []
  scores.forEach((score, place) => {
    if (score > least) above.push(place)
    else if (score === least) equal.push(place)
  })
  above.sort((a, b) => scores[b] - scores[a] || a - b)
  return fromFlat(Int32Array.from([...above, ...equal.slice(0, k - above.length)]), n)
}

const fromFlat = (places: Int32Array, n: number): Places => ({
  rows: places.map(place => Math.floor(place / n)),
  columns: places.map(place => place % n),
})
