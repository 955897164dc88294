import type {Data, Stored} from '../engine/program.ts'
import {random} from '../tensor/random.ts'
import {readTensor} from '../weights/safetensors.ts'
import type {Factors} from './adapter.ts'
import type {Area} from './pattern.ts'

/**
 * Thin factors with more singular vectors, of singular value 0, until U has as many columns and Vᵀ as many rows as the
 * area. W says only that all of them are orthonormal: these follow from the vectors that are there and nothing else.
 */
export async function completed({u, s, v}: Factors, [left, right]: Area): Promise<Factors> {
  const [out, n] = u.shape
  const [, into] = v.shape
  return {
    u: left > n ? await completedColumns(u, [out, left]) : u,
    s,
    v: right > n ? inMemory(moreRows(await readTensor(v), [right, into]), [right, into]) : v,
  }
}

async function completedColumns(u: Stored, [out, left]: Area): Promise<Stored> {
  const [, n] = u.shape
  const rows = moreRows(turned(await readTensor(u), [out, n]), [left, out])
  return inMemory(turned(rows, [left, out]), [out, left])
}

const inMemory = (data: Float32Array, shape: Area): Stored => ({dtype: 'float32', shape, at: {data}})

/**
 * Orthonormal rows, the first of which are given (Gram–Schmidt in float64, on random vectors). What is left of a vector
 * after all the others may be small, and is then far from orthogonal for rounding: each is cleaned twice.
 */
function moreRows(given: Data, [rows, length]: Area): Float32Array {
  const all = new Float64Array(rows * length)
  all.set(given)
  const row = (i: number) => all.subarray(i * length, (i + 1) * length)
  for (let i = given.length / length; i < rows; i++) {
    const draw = random(0, `complete/${length}/${i}`)
    const own = row(i).map(() => draw.normal())
    for (let other = 0; other < 2 * i; other++) subtractShadow(own, row(other % i))
    const norm = Math.sqrt(dot(own, own))
    row(i).set(own.map(value => value / norm))
  }
  return Float32Array.from(all)
}

/** Takes from x what lies along a row of length 1. */
function subtractShadow(x: Float64Array, row: Float64Array): void {
  const shadow = dot(x, row)
  for (let i = 0; i < x.length; i++) x[i] -= shadow * row[i]
}

/** Four sums at a time, which do not wait for each other. */
function dot(a: Float64Array, b: Float64Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  const whole = a.length - (a.length % 4)
  for (let i = 0; i < whole; i += 4) {
    s0 += a[i] * b[i]
    s1 += a[i + 1] * b[i + 1]
    s2 += a[i + 2] * b[i + 2]
    s3 += a[i + 3] * b[i + 3]
  }
  for (let i = whole; i < a.length; i++) s0 += a[i] * b[i]
  return s0 + s1 + s2 + s3
}

/** A matrix (rows, columns) turned to (columns, rows). */
function turned(matrix: Data, [rows, columns]: Area): Float32Array {
  const result = new Float32Array(matrix.length)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j]
  return result
}
