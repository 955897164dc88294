import {mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {exampleRow} from '../../test/support/rows.ts'
import {displayPath} from '../base/paths.ts'
import {readResults, scanResults} from './read-results.ts'
import {readRow, readRuns, writeResults, writeRow} from './results-file.ts'
import type {Row} from './row.ts'

let folder: string
beforeEach(() => {
  folder = openFolder()
})

const row = (changes: Partial<Row> = {}): Row =>
  exampleRow({
    recipe: 'gsm8k/mini/plain',
    hash: '0a1b2c',
    params: 3612,
    scores: {gsm8k: {score: 0.48, n: 500}},
    seed: 42,
    steps: 1125,
    seconds: 115.5,
    stepMs: 98.25,
    ...changes,
  })

test('a row is a line, and a results file is the same for any order of its rows', async () => {
  const rows = [
    row({seed: 43}),
    row(),
    row({recipe: 'gsm8k/mini/lora', scores: {wordings: {score: 0.29, n: 100}}, dirty: true, dataRevision: 'd'}),
    row({finished: '2026-11-23T18:00:00.000Z'}),
  ]
  await writeResults(join(folder, 'a.csv'), rows)
  await writeResults(join(folder, 'b.csv'), [...rows].reverse())
  const text = readFileSync(join(folder, 'a.csv'), 'utf8')
  expect(text).toBe(readFileSync(join(folder, 'b.csv'), 'utf8'))
  expect(text).toMatchInlineSnapshot(`
    "recipe,method,settings,params,gsm8k_score,gsm8k_n,wordings_score,wordings_n,seed,hash,model,model_revision,data_revision,steps,seconds,step_ms,tokens_per_second,peak_memory_mb,version,commit,dirty,engine,threads,finished
    gsm8k/mini/lora,svft,plain,3612,,,0.29,100,42,0a1b2c,mini,,d,1125,115.5,98.25,,,0.1.0,,true,onnx,2,2026-11-24T18:00:00.000Z
    gsm8k/mini/plain,svft,plain,3612,0.48,500,,,42,0a1b2c,mini,,,1125,115.5,98.25,,,0.1.0,,,onnx,2,2026-11-23T18:00:00.000Z
    gsm8k/mini/plain,svft,plain,3612,0.48,500,,,42,0a1b2c,mini,,,1125,115.5,98.25,,,0.1.0,,,onnx,2,2026-11-24T18:00:00.000Z
    gsm8k/mini/plain,svft,plain,3612,0.48,500,,,43,0a1b2c,mini,,,1125,115.5,98.25,,,0.1.0,,,onnx,2,2026-11-24T18:00:00.000Z
    "
  `)
})

test('the precision and what belongs to it are columns if a row has them, and are read again', async () => {
  const file = join(folder, 'bf16.csv')
  const bf16 = row({engine: 'openvino', engineVersion: '2026.4.1', precision: 'bf16', gradientCosine: 0.999853})
  await writeResults(file, [row({seed: 43}), bf16])
  const [header, first, second] = readFileSync(file, 'utf8').split('\n')
  expect(header).toMatch(/,dirty,engine,engine_version,precision,gradient_cosine,threads,finished$/)
  expect(first).toMatch(/,openvino,2026\.4\.1,bf16,0\.999853,2,[^,]+$/)
  expect(second).toMatch(/,onnx,,,,2,[^,]+$/)
  expect(await readResults(file)).toEqual([bf16, row({seed: 43})])
  writeFileSync(file, readFileSync(file, 'utf8').replace('bf16,0.999853', 'f16,-2'))
  expect((await scanResults(file)).defects).toEqual([
    expect.stringMatching(/precision is "f16"; expected bf16, or nothing for float32$/),
    expect.stringMatching(/gradient_cosine is "-2"; expected a number from -1 to 1$/),
  ])
})

test('rows that record their task are read beside those of older versions', async () => {
  const file = join(folder, 'tasks.csv')
  await writeResults(file, [row({seed: 43}), row({task: 'gsm8k'})])
  const [header, first, second] = readFileSync(file, 'utf8').split('\n')
  expect([header, first, second].map(line => line.split(',').slice(0, 3).join())).toEqual([
    'recipe,task,method',
    'gsm8k/mini/plain,gsm8k,svft',
    'gsm8k/mini/plain,,svft',
  ])
  expect(await readResults(file)).toEqual([row({task: 'gsm8k'}), row({seed: 43})])
})

test('energy and the device are columns if a row has them, and are read again', async () => {
  const file = join(folder, 'measured.csv')
  const measured = row({seed: 43, joules: 812.5, device: 'cuda'})
  await writeResults(file, [row({seed: 42}), measured])
  const [header, first, second] = readFileSync(file, 'utf8').split('\n')
  expect(header).toMatch(/,peak_memory_mb,joules,.*,engine,device,threads,finished$/)
  expect(first).toMatch(/,onnx,,2,[^,]+$/)
  expect(second).toMatch(/,812\.5,.*,onnx,cuda,2,[^,]+$/)
  expect(await readResults(file)).toEqual([row({seed: 42}), measured])
  writeFileSync(file, readFileSync(file, 'utf8').replace('812.5', '-1').replace('cuda', 'tpu'))
  expect((await scanResults(file)).defects).toEqual([
    expect.stringMatching(/joules is "-1"; expected a number of at least 0$/),
    expect.stringMatching(/device is "tpu"; expected webgpu, cuda, or nothing for the CPU$/),
  ])
})

test('results are replaced whole, and their folder is made', async () => {
  const file = join(folder, 'deep/results/gsm8k.csv')
  await writeResults(file, [row(), row({seed: 1})])
  await writeResults(file, [row()])
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3)
  expect(readdirSync(join(folder, 'deep/results'))).toEqual(['gsm8k.csv'])
})

test('text that a spreadsheet or a terminal would run is escaped, numbers are not', async () => {
  const file = join(folder, 'x.csv')
  const evil = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', 'a,"b"\nc', '\u001b[2J\u202e']
  await writeResults(
    file,
    evil.map((model, seed) => row({model, seed, scores: {cola: {score: -0.5, n: 1}}})),
  )
  const text = readFileSync(file, 'utf8')
  const lines = text.trim().split('\n').slice(1)
  const models = lines.map(line => line.split(',0a1b2c,')[1].split(',,,1125')[0])
  expect(models).toEqual(["'=1+1", "'+1", "'-1", "'@SUM(A1)", '\\t=1', '\\r=1', '"a,""b""\\nc"', '\\u001b[2J\\u202e'])
  expect(lines[0]).toContain(',-0.5,1,')
})

test('a score without a value is null in the row, and an empty cell in the results', async () => {
  const none = row({scores: {stsb: {score: Number.NaN, n: 8, metric: 'pearson'}}})
  await writeRow(folder, none)
  expect(JSON.parse(readFileSync(join(folder, 'row.json'), 'utf8')).scores.stsb.score).toBeNull()
  expect(await readRow(folder)).toEqual(none)
  await writeResults(join(folder, 'x.csv'), [none])
  expect(readFileSync(join(folder, 'x.csv'), 'utf8')).toContain(',3612,,pearson,8,42,')
})

const located = (path: string) => ({folder: join(folder, path), position: displayPath(join(folder, path, 'row.json'))})

test('rows of finished runs are found at any depth, and sorted', async () => {
  await writeRow(join(folder, 'gsm8k/mini/plain-0a1b2c-s43'), row({seed: 43}))
  await writeRow(join(folder, 'other'), row())
  mkdirSync(join(folder, 'unfinished/checkpoints'), {recursive: true})
  const {runs, warnings} = await readRuns(folder)
  expect(runs).toEqual([
    {row: row(), ...located('other')},
    {row: row({seed: 43}), ...located('gsm8k/mini/plain-0a1b2c-s43')},
  ])
  expect(warnings).toEqual([])
})

test('a link to a run on another disk is followed, and other links are left alone', async () => {
  await writeRow(join(folder, 'far/run'), row())
  mkdirSync(join(folder, 'runs'))
  symlinkSync('../far/run', join(folder, 'runs/x-0a1b2c-s42'))
  writeFileSync(join(folder, 'notes.txt'), '')
  symlinkSync('../notes.txt', join(folder, 'runs/notes'))
  expect(await readRuns(join(folder, 'runs'))).toEqual({
    runs: [{row: row(), ...located('runs/x-0a1b2c-s42')}],
    warnings: [],
  })
})

test('a row that cannot be read is a warning', async () => {
  await writeRow(join(folder, 'good'), row())
  const bad: Record<string, string> = {
    cut: '{"recipe": "gs',
    empty: '',
    wrong: JSON.stringify({...row(), params: -1, scores: {gsm8k: {score: 48, n: 500}}}),
    unknown: JSON.stringify({...row(), colour: 'red'}),
  }
  for (const [name, text] of Object.entries(bad)) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'row.json'), text)
  }
  const {runs, warnings} = await readRuns(folder)
  expect(runs).toHaveLength(1)
  expect(warnings.map(warning => warning.replaceAll(folder, ''))).toMatchInlineSnapshot(`
    [
      "left out /cut/row.json: not JSON",
      "left out /empty/row.json: not JSON",
      "left out /unknown/row.json: unknown key "colour"",
      "left out /wrong/row.json: params: must be at least 0, not -1; scores.gsm8k.score: must be at most 1, not 48",
    ]
  `)
})

test('a folder of runs that is a file is a warning, in words', async () => {
  const file = join(folder, 'runs')
  writeFileSync(file, '')
  expect(await readRuns(file)).toEqual({
    runs: [],
    warnings: [`left out ${file}: a part of the path is a file, not a folder`],
  })
})

test('a row whose recipe cannot be part of the name of a file is left out', async () => {
  const names = [`${'f'.repeat(201)}/g`, '..', '../../../../x', '.hidden', '']
  for (const [i, recipe] of names.entries()) {
    mkdirSync(join(folder, `${i}`))
    writeFileSync(join(folder, `${i}/row.json`), JSON.stringify({...row(), recipe}))
  }
  await writeRow(join(folder, 'good'), row({recipe: `tune/${'f'.repeat(195)}`}))
  const {runs, warnings} = await readRuns(folder)
  expect(runs.map(({row}) => row.recipe)).toEqual([`tune/${'f'.repeat(195)}`])
  expect(warnings).toHaveLength(names.length)
  expect(warnings[1]).toMatch(/left out .*row\.json: recipe: must be letters, digits, .*, and at most 200 bytes$/)
  await expect(writeRow(folder, row({recipe: '..'}))).rejects.toThrow('must be letters')
})

test('the row of a run is read, missing, or broken', async () => {
  expect(await readRow(join(folder, 'nowhere'))).toBeUndefined()
  expect(await readRow(folder)).toBeUndefined()
  await writeRow(folder, row())
  expect(await readRow(folder)).toEqual(row())
  writeFileSync(join(folder, 'row.json'), '{"recipe": "gs')
  await expect(readRow(folder)).rejects.toMatchObject({
    kind: 'input',
    message: `${join(folder, 'row.json')}: not a row of results; remove it and svft run writes a new one: not JSON`,
  })
})

test('a folder that does not exist has no rows', async () => {
  expect(await readRuns(join(folder, 'nothing'))).toEqual({runs: [], warnings: []})
})

test('a file in the place of a folder is an I/O fault with its path', async () => {
  writeFileSync(join(folder, 'file'), '')
  await expect(writeResults(join(folder, 'file/x.csv'), [row()])).rejects.toMatchObject({
    name: 'Fault',
    kind: 'io',
    message: `${folder}/file: a file, not a folder`,
  })
})
