import type {Data} from '../../engine/program.ts'

/** Transposes a matrix (rows, columns). */
export function transpose(matrix: Data, [rows, columns]: readonly [rows: number, columns: number]): Float32Array {
  const result = new Float32Array(matrix.length)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j]
  return result
}
