import type {ImageSource} from './source.ts'

/**
 * The indices of `sources` in the order in which reading them is fast: file by file, each from its beginning to its end.
 * A row of a parquet file is read with its whole row group, which should be unpacked once. Files are in the order in
 * which they first appear, so that where they are does not count.
 */
export function fileOrder(sources: readonly ImageSource[]): readonly number[] {
  const files = new Map<string, number>()
  const keys = sources.map(({at}) => {
    const file = 'file' in at ? at.file : at.name
    const order = files.get(file) ?? files.size
    files.set(file, order)
    return [order, 'row' in at ? at.row : 'offset' in at ? (at.offset ?? 0) : 0] as const
  })
  return [...keys.keys()].sort((a, b) => keys[a][0] - keys[b][0] || keys[a][1] - keys[b][1] || a - b)
}
