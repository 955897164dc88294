import {join} from 'node:path'
import {expect, test} from 'vitest'
import {countRows, PUBLISHED, REAL, SHIPPED} from './datasets.ts'

test.each(SHIPPED)('our small $file is read whole, in the published form', async published => {
  expect(await countRows(join(import.meta.dirname, 'datasets'), published)).toBe(published.rows)
})

if (REAL === undefined) {
  test('the published files are not here (../shared/data, or SVFT_DATA): the small ones were read in their stead', () => {
    expect(SHIPPED).toHaveLength(7)
  })
} else {
  test.each(PUBLISHED)('the published $file has $rows rows', async published => {
    expect(await countRows(REAL!, published)).toBe(published.rows)
  })
}
