/** Writes `from` (rows, cols) transposed to `to` (cols, rows). */
export function transpose<To extends Float32Array | Float64Array>(
  from: ArrayLike<number>,
  [rows, cols]: readonly [number, number],
  to: To,
): To {
  for (let top = 0; top < rows; top += TILE) {
    const bottom = Math.min(top + TILE, rows)
    for (let left = 0; left < cols; left += TILE) {
      const right = Math.min(left + TILE, cols)
      for (let i = top; i < bottom; i++) {
        for (let j = left; j < right; j++) to[j * rows + i] = from[i * cols + j]
      }
    }
  }
  return to
}

const TILE = 32 // both sides of a tile fit into the L1 cache
