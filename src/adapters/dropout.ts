import {dropout, dropVector} from '../tensor/dropout.ts'
import type {Tensor} from '../tensor/tf.ts'
import type {Dropout, ForwardOptions} from './adapter.ts'

/** Dropout of single entries of what an adapter reads: a random number a row and one a column of x (N, in). */
export const entryDropout: Dropout = {
  specs: ([, into], rows) => ({
    rows: {dtype: 'int32', shape: [rows]},
    columns: {dtype: 'int32', shape: [into]},
  }),
  draw: ([, into], {rows, random}) => ({
    rows: dropVector(random.fork('rows'), rows),
    columns: dropVector(random.fork('columns'), into),
  }),
}

/** x (N, in) with the entries dropped that `entryDropout` drew; x itself outside of training. */
export const dropEntries = <T extends Tensor>(x: T, {rate, drawn}: ForwardOptions): T =>
  rate === 0 ? x : (dropout(x, {rate, rows: drawn.rows, columns: drawn.columns}) as T)
