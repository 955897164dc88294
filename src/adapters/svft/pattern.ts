import {Fault} from '../../base/fault.ts'
import type {Named} from '../../engine/program.ts'
import type {Random} from '../../tensor/random.ts'

export type Pattern = 'plain' | 'banded' | 'random' | 'topk'

/** The size of M: as many rows as U has columns, and as many columns as Vᵀ has rows. */
export type MatrixSize = readonly [rows: number, columns: number]

/** The positions of M's k trainable entries: entry q is at row `rows[q]`, column `columns[q]`. */
export interface EntryPositions {
  readonly rows: Int32Array
  readonly columns: Int32Array
}

/** The pattern of M's trainable entries, with d diagonals on each side of the main one, and the size of M. */
export interface PatternSpec {
  readonly pattern: Pattern
  readonly d: number
  readonly area: MatrixSize
}

/**
 * Counts M's trainable entries, k: n(2d + 1) − d(d + 1) (paper, section 3.1) where M is square. The formula holds up to
 * d = n; beyond it a band fills the whole matrix, while random and top-k follow the formula down, as the official code
 * does. Where M is not square, every pattern has as many entries as the band.
 */
export function countEntries({pattern, d, area}: PatternSpec): number {
  const n = Math.min(...area)
  if (pattern === 'plain') return n
  if (area[0] !== area[1]) return countBand(area, d)
  const k = countSquare(n, pattern === 'banded' ? Math.min(d, n) : d)
  if (k < 1) {
    let most = n
    while (countSquare(n, most + 1) >= 1) most++
    throw new Fault(
      'recipe',
      `svft ${pattern}: a weight with ${n} singular values has room for at most ${most} diagonals, not ${d}`,
      {at: ['adapter', 'diagonals']},
    )
  }
  return k
}

const countSquare = (n: number, d: number) => n * (2 * d + 1) - d * (d + 1)

function countBand([rows, columns]: MatrixSize, d: number): number {
  let k = 0
  for (let i = 0; i < rows; i++) k += Math.max(0, Math.min(columns, i + d + 1) - Math.max(0, i - d))
  return k
}

/** Returns the positions with |row − column| ≤ d, row by row; d = 0 is the diagonal. */
export function bandedPositions([height, width]: MatrixSize, d: number): EntryPositions {
  const k = countBand([height, width], d)
  const rows = new Int32Array(k)
  const columns = new Int32Array(k)
  let q = 0
  for (let i = 0; i < height; i++) {
    for (let j = Math.max(0, i - d); j <= Math.min(width - 1, i + d); j++) {
      rows[q] = i
      columns[q++] = j
    }
  }
  return {rows, columns}
}

/** Describes what is wrong with the positions in an adapter's file; undefined if M may have entries there. */
export function positionsDefect(
  {rows, columns}: Named<ArrayLike<number>, keyof EntryPositions>,
  {pattern, d, area}: PatternSpec,
): string | undefined {
  const isInside = (indices: ArrayLike<number>, size: number) => Array.from(indices).every(i => i >= 0 && i < size)
  if (!isInside(rows, area[0]) || !isInside(columns, area[1]))
    return `svft_s_row or svft_s_col has an index outside of M, which is ${area.join(' × ')}`
  if (pattern === 'random' || pattern === 'topk') return undefined
  const band = bandedPositions(area, d) // `core` assumes this order
  const isBand = band.rows.every((row, q) => row === rows[q] && band.columns[q] === columns[q])
  return isBand ? undefined : `svft_s_row and svft_s_col are not the positions of pattern ${pattern} row by row`
}

interface PositionDraw {
  /** The number of positions. */
  readonly k: number
  readonly random: Random
}

/** Draws rows and columns independently, so that a position may repeat; entries at one position add up. */
export function randomPositions([rows, columns]: MatrixSize, {k, random}: PositionDraw): EntryPositions {
  const draw = (n: number, from: Random) => Int32Array.from({length: k}, () => from.int(n))
  return {rows: draw(rows, random.fork('rows')), columns: draw(columns, random.fork('columns'))}
}

/** Draws k distinct positions, every choice equally likely (Floyd's sampling), and returns them row by row. */
export function distinctPositions([rows, columns]: MatrixSize, {k, random}: PositionDraw): EntryPositions {
  const chosen = new Set<number>()
  for (let last = rows * columns - k; last < rows * columns; last++) {
    const index = random.int(last + 1)
    chosen.add(chosen.has(index) ? last : index)
  }
  return fromFlat(Int32Array.from(chosen).sort(), columns)
}

/** Returns the positions of the k largest of n × n signed scores, in descending order; ties go to the earlier position. */
export function topPositions(scores: Float32Array, {n, k}: {readonly n: number; readonly k: number}): EntryPositions {
  const least = scores.slice().sort()[scores.length - k]
  const above: number[] = []
  const equal: number[] = []
  scores.forEach((score, index) => {
    if (score > least) above.push(index)
    else if (score === least) equal.push(index)
  })
  above.sort((a, b) => scores[b] - scores[a]) // the sort is stable: ties stay in order
  return fromFlat(Int32Array.from([...above, ...equal.slice(0, k - above.length)]), n)
}

const fromFlat = (indices: Int32Array, width: number): EntryPositions => ({
  rows: indices.map(index => Math.floor(index / width)),
  columns: indices.map(index => index % width),
})
