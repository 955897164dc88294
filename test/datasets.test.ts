import {join} from 'node:path'
import {expect, test} from 'vitest'
import {GLUE} from '../src/tasks/glue.ts'
import {PUBLISHED, REAL, SHIPPED} from './support/datasets.ts'

test.each(SHIPPED)('our small $file is read whole, in the published form', async ({file, rows, read}) => {
  expect(await read(join(import.meta.dirname, 'datasets', file))).toHaveLength(rows)
})

test('GLUE’s own files and the hub’s tables give the same classes', async () => {
  const at = (file: string) => join(import.meta.dirname, 'datasets', file)
  expect((await GLUE.cola.readExamples(at('cola'))).slice(0, 2)).toMatchObject([
    {text: 'The gardener watered the roses.', label: 0},
    {text: 'The gardener watered three “green” boats.', label: 1},
  ])
  expect((await GLUE.cola.readExamples(at('glue/CoLA/dev.tsv')))[1]).toMatchObject({
    text: 'A clerk watered the roses.',
    label: 1,
  })
  expect((await GLUE.stsb.readExamples(at('stsb/snappy-1.parquet')))[9].label).toBeCloseTo(1.8)
  expect((await GLUE.stsb.readExamples(at('glue/STS-B/dev.tsv')))[3].label).toBe(1.5)
  expect((await GLUE.rte.readExamples(at('glue/RTE/dev.tsv'))).map(({label}) => label)).toEqual([0, 1, 0, 1, 0, 1, 0])
  expect((await GLUE.mnli.readExamples(at('glue/MNLI/dev_matched.tsv'))).map(({label}) => label)).toEqual([
    0, 1, 2, 0, 1, 2, 0,
  ])
})

if (REAL === undefined) {
  test('the published files are not here (../shared/data, or SVFT_DATA): the small ones were read in their stead', () => {
    expect(SHIPPED).toHaveLength(7)
  })
} else {
  test.each(PUBLISHED)('the published $file has $rows rows', async ({file, rows, read}) => {
    expect(await read(join(REAL!, file))).toHaveLength(rows)
  })
}
