import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {exampleRow} from '../../test/support/rows.ts'
import {firstMessages, holdsRows, readResults, scanResults} from './read-results.ts'
import {writeResults} from './results-file.ts'
import type {Row} from './row.ts'

const ROW = exampleRow({
  recipe: 'a/b',
  hash: 'c',
  method: 'lora',
  settings: '',
  params: 1,
  model: 'm',
  steps: 1,
  seconds: 1,
  version: '1',
})

const file = join(openFolder(), 'x.csv')

test('rows are read as they were written, whatever text they contain', async () => {
  const row = exampleRow({
    recipe: 'a/ö.1',
    hash: '007',
    method: '=1+1',
    settings: `-r, "${'x'.repeat(2000)}"`,
    search: "'=1+1",
    set: 'adapter.targets=["a","b"] train.lr=0.1',
    headParams: 4,
    scores: {cola: {score: -0.5, n: 10, metric: 'matthews'}, sst2: {score: 1, n: 5, metric: 'accuracy'}},
    cells: ['t1.g2.fft', 't5.plain'],
    model: '@m',
    steps: 0,
    dirty: false,
  })
  const other: Row = {
    ...row,
    recipe: 'b',
    cells: undefined,
    headParams: undefined,
    set: undefined,
    search: "''-1",
    scores: {sst2: {score: 0, n: 1}},
  }
  await writeResults(file, [row, other])
  const [first, second] = await readResults(file)
  expect(first).toEqual({...row, scores: {...row.scores, sst2: {score: 1, n: 5}}}) // accuracy is what needs no column
  expect(second).toEqual(JSON.parse(JSON.stringify(other)))
})

test('true and false are read as spreadsheets and pandas write them', async () => {
  await writeResults(file, [{...ROW, dirty: true}])
  const text = readFileSync(file, 'utf8')
  for (const written of ['TRUE', 'True']) {
    writeFileSync(file, text.replace(',true,', `,${written},`))
    expect(await readResults(file)).toMatchObject([{dirty: true}])
  }
})

test('a score without a value is read as one, and a file of another kind is recognized by its first line', async () => {
  const [row] = await readResults(file)
  await writeResults(file, [{...row, scores: {cola: {score: Number.NaN, n: 10, metric: 'matthews'}}}])
  expect((await readResults(file))[0].scores).toEqual({cola: {score: Number.NaN, n: 10, metric: 'matthews'}})
  expect(await holdsRows(file)).toBe(true)
  expect(await holdsRows(fileURLToPath(new URL('../../results/reference/audit.csv', import.meta.url)))).toBe(false)
})

test('a results file is recognized by its first column; an empty file has no rows', async () => {
  writeFileSync(file, 'table,cell\n')
  await expect(readResults(file)).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/x.csv:1: not res/),
  })
  writeFileSync(file, '')
  expect(await readResults(file)).toEqual([])
})

test('a bad value is reported with its position and the expected values, and the other rows are read', async () => {
  await writeResults(
    file,
    [1, 2, 3, 4, 5, 6, 7].map(seed => ({...ROW, seed})),
  )
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  lines[1] = lines[1].replace(',0.5,', ',fifty,')
  lines[2] = lines[2].replace(/2026-.*$/, 'yesterday')
  lines[3] = `${lines[3]},1`
  lines[4] = lines[4].replace(',c,', ',,')
  lines[5] = lines[5].replace(',c,', ',"c"d,')
  writeFileSync(file, `${[header, ...lines].join('\n')}\n`)
  const {rows, defects} = await scanResults(file)
  expect(rows.map(({row: {seed}, position}) => [seed, position])).toEqual([
    [1, `${file}:2`],
    [7, `${file}:8`],
  ])
  expect(defects.map(text => text.replace(file, 'x.csv'))).toEqual([
    'x.csv:3:13: test_score is "fifty"; expected a number from 0 to 1 (a correlation: from -1, or nothing)',
    'x.csv:4:45: finished is "yesterday"; expected a time like 2026-11-24T18:00:00.000Z',
    'x.csv:5:70: 23 values; the header has 22',
    'x.csv:6:21: hash is empty; expected text',
    'x.csv:7:21: text after a closing quote; double a quote that is part of the value',
  ])
  await expect(readResults(file)).rejects.toMatchObject({kind: 'input', message: `${defects[0]}, and 4 more defects`})
})

test('the first ten defects of a file are listed, with the number of the others', () => {
  const defects = Array.from({length: 12}, (_, i) => `x.csv:${i + 2}:1: wrong`)
  expect(firstMessages(defects.slice(0, 10), 'x.csv')).toEqual(defects.slice(0, 10))
  expect(firstMessages(defects, 'x.csv')).toEqual([...defects.slice(0, 10), 'x.csv: 2 more defects'])
})

test('an accuracy below 0 is refused, a correlation is not', async () => {
  await writeResults(file, [
    {...ROW, scores: {test: {score: -0.5, n: 8}}},
    {...ROW, seed: 2, scores: {cola: {score: -0.5, n: 8, metric: 'matthews'}}},
  ])
  const {rows, defects} = await scanResults(file)
  expect(rows.map(({row: {seed}}) => seed)).toEqual([2])
  expect(defects).toEqual([
    expect.stringMatching(/x\.csv:2:\d+: test_score is "-0\.5"; expected a number from 0 to 1 /),
  ])
})

test('an accuracy without a value is refused, a correlation is not', async () => {
  const score = Number.NaN
  await writeResults(file, [
    {...ROW, scores: {test: {score, n: 8}}},
    {...ROW, seed: 2, scores: {cola: {score, n: 8, metric: 'pearson'}}},
  ])
  const {rows, defects} = await scanResults(file)
  expect(rows.map(({row: {seed}}) => seed)).toEqual([2])
  expect(defects).toEqual([expect.stringMatching(/x\.csv:2:\d+: test_score is empty; expected a number from 0 to 1 /)])
})

test('a score of no items is refused', async () => {
  await writeResults(file, [
    {...ROW, scores: {test: {score: 0.5, n: 0}}},
    {...ROW, seed: 2, scores: {test: {score: Number.NaN, n: 0}}},
  ])
  const {rows, defects} = await scanResults(file)
  expect(rows.map(({row: {seed}}) => seed)).toEqual([2])
  expect(defects).toEqual([
    expect.stringMatching(/x\.csv:2:\d+: test_n is "0"; expected a whole number of at least 1, or 0 without a score$/),
  ])
})

test('an unknown column is reported once and ignored, and so is a byte order mark', async () => {
  await writeResults(file, [
    {...ROW, seed: 1},
    {...ROW, seed: 2},
  ])
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  writeFileSync(file, `\ufeff${[`${header},notes`, ...lines.map(line => `${line},mine`)].join('\n')}\n`)
  expect(await holdsRows(file)).toBe(true)
  const {rows, defects} = await scanResults(file)
  expect(rows.map(({row: {seed}}) => seed)).toEqual([1, 2])
  expect(defects).toEqual([expect.stringMatching(/x\.csv:1:\d+: unknown column notes$/)])
  writeFileSync(file, `${[`${header},reviewed_high`, ...lines.map(line => `${line},by me`)].join('\n')}\n`)
  expect((await scanResults(file)).defects).toEqual([expect.stringMatching(/unknown column reviewed_high$/)])
  writeFileSync(file, `${[`${header},treads`, ...lines.map(line => `${line},1`)].join('\n')}\n`)
  expect((await scanResults(file)).defects).toEqual([
    expect.stringMatching(/unknown column treads; did you mean threads\?$/),
  ])
})

test('empty lines, and lines of commas alone, are skipped, also before the first line', async () => {
  await writeResults(file, [ROW])
  const [header, line] = readFileSync(file, 'utf8').split('\n')
  const commas = header.replace(/[^,]/g, '')
  writeFileSync(file, ['\ufeff', '', header, commas, ' ', line, '', commas, ''].join('\r\n'))
  expect(await holdsRows(file)).toBe(true)
  expect(await scanResults(file)).toMatchObject({rows: [{row: {recipe: 'a/b'}, position: `${file}:6`}], defects: []})
  writeFileSync(file, '\nname,score\n')
  await expect(scanResults(file)).rejects.toThrow(`${file}:2: not results of svft`)
})

test('millions of columns are not read, and those of quotes are', async () => {
  await writeResults(file, [ROW])
  const text = readFileSync(file, 'utf8')
  const many = 3_000_000
  const [blank, wide, quotes] = ['\n'.repeat(100), `a${','.repeat(many)}`, `a,"${'""'.repeat(many)}`]
  writeFileSync(file, `${text}${blank}${wide}\n${quotes}"\n`)
  const {rows, defects} = await scanResults(file)
  expect(rows).toHaveLength(1)
  expect(defects.map(defect => defect.replace(file, 'x.csv'))).toEqual([
    'x.csv:103:1002: more than 1000 values; the header has 22',
    'x.csv:104:3: 2 values; the header has 22',
  ])
  writeFileSync(file, `recipe${','.repeat(many)}\n`)
  await expect(scanResults(file)).rejects.toThrow('x.csv:1: more than 1000 columns')
})

test('a file that is not CSV, or has other columns, is refused with the position', async () => {
  const refused = (text: string) => {
    writeFileSync(file, text)
    return expect(scanResults(file)).rejects
  }
  await refused('recipe,"params\na,1\n').toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/x\.csv:1:8: not CSV: a quote that is never closed$/),
  })
  await refused('recipe;method\na;b\n').toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/x\.csv:1: not results of svft, .* found: recipe;method$/),
  })
  expect(await holdsRows(file)).toBe(true)
  await refused('recipe,method,seed\na,b,1\n').toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/x\.csv:1: columns missing: params, hash, model, steps, /),
  })
  await writeResults(file, [ROW])
  const [header, line] = readFileSync(file, 'utf8').trim().split('\n')
  await refused(`${header},engine\n${line},js\n`).toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/x\.csv:1:\d+: column engine appears twice$/),
  })
  await refused(`${header}\n${line}\na,"1\n`).toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/x\.csv:3:3: not CSV: a quote that is never closed$/),
  })
  await expect(scanResults(`${file}.none`)).rejects.toMatchObject({kind: 'io'})
})
