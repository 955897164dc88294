import type {Data, Named} from '../engine/program.ts'
import {dropout, dropVector} from '../tensor/dropout.ts'
import type {Random} from '../tensor/random.ts'
import type {Tensor} from '../tensor/tf.ts'
import {type Dropout, type ForwardOptions, int} from './adapter.ts'

/** The random vectors of `dropout`, one value for each row and one for each column, as inputs of a program. */
export const vectorSpecs = (rows: number, columns: number) => ({rows: int(rows), columns: int(columns)})

export const drawVectors = (rows: number, columns: number, random: Random): Named<Data> => ({
  rows: dropVector(random.fork('rows'), rows),
  columns: dropVector(random.fork('columns'), columns),
})

/** Dropout of single entries of x (N, in). */
export const entryDropout: Dropout = {
  specs: ([, into], rows) => vectorSpecs(rows, into),
  draw: ([, into], {rows, random}) => drawVectors(rows, into, random),
}

/** Drops the entries of x (N, in) that `entryDropout` drew; returns x itself outside of training. */
export const dropEntries = <T extends Tensor>(x: T, {rate, drawn}: ForwardOptions): T =>
  rate === 0 ? x : (dropout(x, {rate, rows: drawn.rows, columns: drawn.columns}) as T)
