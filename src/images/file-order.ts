import {getOrAdd} from '../base/memoize.ts'
import type {ImageSource} from './source.ts'

/**
 * The indices of `sources` in the order that is fastest to read: file by file, each from its beginning to its end, since a
 * row of a parquet file is read with its whole row group, which should be unpacked once. Files are in the order in which
 * they first appear, so that their paths do not matter.
 */
export function fileOrder(sources: readonly ImageSource[]): readonly number[] {
  const files = new Map<string, number>()
  const keys = sources.map(({at}) => {
    const order = getOrAdd(files, at.file, () => files.size)
    return [order, 'row' in at ? at.row : 'offset' in at ? (at.offset ?? 0) : 0] as const
  })
  return [...keys.keys()].sort((a, b) => keys[a][0] - keys[b][0] || keys[a][1] - keys[b][1] || a - b)
}
