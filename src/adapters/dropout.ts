import {dropout, dropVector} from '../tensor/dropout.ts'
import type {Tensor} from '../tensor/tf.ts'
import type {Dropout, ForwardOptions} from './adapter.ts'

/** Dropout of single entries of x (N, in), from one random value for each row and one for each column. */
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

/** Drops the entries of x (N, in) that `entryDropout` drew; returns x itself outside of training. */
export const dropEntries = <T extends Tensor>(x: T, {rate, drawn}: ForwardOptions): T =>
  rate === 0 ? x : (dropout(x, {rate, rows: drawn.rows, columns: drawn.columns}) as T)
