/** The `bytes` of a column of a parquet file. */

export interface ImageCell {
  readonly file: string
  readonly column: string
  /** From 0 on, over all row groups. */
  readonly row: number
}
