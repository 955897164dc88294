import {mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {holdsRows, readResults} from './read-results.ts'
import {writeResults} from './results.ts'
import type {Row} from './row.ts'

const file = join(mkdtempSync(join(tmpdir(), 'svft-')), 'x.csv')

test('rows come back as they were written, whatever text is in them', async () => {
  const row: Row = {
    recipe: '=1+1',
    hash: '007',
    method: 'lora',
    settings: '-r, "x"',
    set: 'adapter.targets=["a","b"] train.lr=0.1',
    params: 3,
    headParams: 4,
    scores: {cola: {score: -0.5, n: 10, metric: 'matthews'}, sst2: {score: 1, n: 5, metric: 'accuracy'}},
    cells: ['t1.g2.fft', 't5.plain'],
    seed: 0,
    model: '@m',
    steps: 0,
    seconds: 0.5,
    version: '1',
    dirty: false,
    engine: 'onnx',
    threads: 1,
    finished: '2026-11-24T18:00:00.000Z',
  }
  const other: Row = {
    ...row,
    recipe: 'b',
    cells: undefined,
    headParams: undefined,
    set: undefined,
    scores: {sst2: {score: 0, n: 1}},
  }
  await writeResults(file, [row, other])
  const [first, second] = await readResults(file)
  expect(first).toEqual({...row, scores: {...row.scores, sst2: {score: 1, n: 5}}}) // accuracy is what needs no column
  expect(second).toEqual(JSON.parse(JSON.stringify(other)))
})

test('a score without a value comes back as one, and a table of another kind is told by its first line', async () => {
  const [row] = await readResults(file)
  await writeResults(file, [{...row, scores: {cola: {score: Number.NaN, n: 10, metric: 'matthews'}}}])
  expect((await readResults(file))[0].scores).toEqual({cola: {score: Number.NaN, n: 10, metric: 'matthews'}})
  expect(await holdsRows(file)).toBe(true)
  expect(await holdsRows(fileURLToPath(new URL('../../results/reference/audit.csv', import.meta.url)))).toBe(false)
})

test('a file is known by its first column; an empty one has no rows', async () => {
  writeFileSync(file, 'table,cell\n')
  await expect(readResults(file)).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/x.csv:1: not res/),
  })
  writeFileSync(file, '')
  expect(await readResults(file)).toEqual([])
})

test('a line that is no row is told by its number', async () => {
  writeFileSync(file, 'recipe,params\na,1\n')
  await expect(readResults(file)).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/x.csv:2: not a row/),
  })
  writeFileSync(file, 'recipe,params\na,"1\n')
  await expect(readResults(file)).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/x.csv: not CSV/),
  })
  await expect(readResults(`${file}.none`)).rejects.toMatchObject({kind: 'io'})
})
