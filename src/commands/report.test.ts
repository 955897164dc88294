import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {exampleRow as row} from '../../test/support/rows.ts'
import {svft as run} from '../../test/support/workplace.ts'
import {readRecipe} from '../recipes/file/read.ts'
import type {ReproductionSummary} from '../report/summary/summary.ts'
import {writeResults, writeRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'

const shipped = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

let folder: string
beforeEach(() => {
  folder = openFolder()
})

const svft = (...args: string[]) => run(folder, args)

/** A finished run with its answers: an item a character, `+` right. */
async function writeRun(name: string, one: Row, answers: string): Promise<void> {
  const run = join(folder, 'runs', name)
  mkdirSync(run, {recursive: true})
  const lines = [...answers].map((answer, index) => JSON.stringify({index, correct: answer === '+'}))
  writeFileSync(join(run, 'predictions-test.jsonl'), `${lines.join('\n')}\n`)
  await writeRow(run, {
    ...one,
    scores: {test: {score: answers.replaceAll('-', '').length / answers.length, n: answers.length}},
  })
}

const LORA = {recipe: 'gsm8k/mini/lora-r8', method: 'lora', settings: 'r=8 α=16', params: 53_248}

test('a report has the same bytes each time, and runs are compared on the same items', async () => {
  for (const seed of [1, 2]) {
    await writeRun(`plain-${seed}`, row({seed}), '+-+-+---'.repeat(20))
    await writeRun(`lora-${seed}`, row({...LORA, seed}), '+++++---'.repeat(20))
    for (const name of ['plain', 'lora'])
      writeFileSync(
        join(folder, `runs/${name}-${seed}/environment.json`),
        JSON.stringify({cpu: 'EPYC ', platform: 'linux x64'}),
      )
  }
  const {exitCode, stdout, stderr} = await svft('report', '--out', 'a')
  expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''})
  expect(stdout).toContain('LoRA r=8')
  const again = await svft('report', 'runs', '--out', 'b', '--json')
  const files = readdirSync(join(folder, 'a'), {recursive: true, withFileTypes: true}).filter(file => file.isFile())
  const names = files.map(({parentPath, name}) => join(parentPath, name).slice(folder.length + 3)).sort()
  expect(names).toEqual([
    'cells.csv',
    'comparisons.csv',
    ...['-dark', '-print', ''].flatMap(look => [
      `figures/gsm8k-mini-test${look}.png`,
      `figures/gsm8k-mini-test${look}.svg`,
    ]),
    'pairs.tex',
    'report.html',
    'report.json',
    'report.md',
    'scores.csv',
    'summary.html',
    'summary.md',
    'tables.tex',
  ])
  for (const name of names) {
    expect(readFileSync(join(folder, 'a', name)).equals(readFileSync(join(folder, 'b', name))), name).toBe(true)
  }
  const {entries, comparisons, facts, summary} = JSON.parse(readFileSync(join(folder, 'a/report.json'), 'utf8'))
  expect(facts).toContainEqual({name: 'Machine', text: 'EPYC (linux x64), engine onnx, 2 threads'})
  expect(summary.checklist.at(-1)).toMatchObject({status: 'recorded', text: 'EPYC (linux x64); 2 threads.'})
  expect(comparisons[0].pairs[0]).toMatchObject({difference: 0.25, test: 'McNemar, seeds with equal answers'})
  expect(comparisons[0].pairs[0].p).toBeLessThan(1e-4)
  expect(JSON.parse(again.stdout).result).toMatchObject({entries, comparisons})
})

interface Result {
  readonly verdicts: readonly {readonly cell: string; readonly column: string; readonly verdict: string}[]
  readonly summary: ReproductionSummary
}

test('a row of the paper gets a verdict beside the printed score, which names a single seed', async () => {
  const paper = {recipe: 'gsm8k/gemma-2b/svft-plain', params: 193_536, cells: ['t1.g2.svft_p', 't5.plain']}
  const scores = (gsm8k: number) => ({gsm8k: {score: gsm8k, n: 1319}, math: {score: 0.14, n: 5000}})
  await writeResults(join(folder, 'one.csv'), [row({...paper, scores: scores(0.3)})])
  const {stdout, exitCode} = await svft('report', 'one.csv', '--json')
  expect(exitCode).toBe(0)
  const {verdicts, summary}: Result = JSON.parse(stdout).result
  expect(summary.printed).toMatchObject({reproduced: 0, indistinguishable: 1, deviates: 1})
  const of = (cell: string, column: string) => verdicts.find(one => one.cell === cell && one.column === column)
  expect(of('t1.g2.svft_p', 'gsm8k')).toMatchObject({verdict: 'deviates', judged: {seeds: 1}})
  expect(of('t5.plain', 'math')).toMatchObject({verdict: 'indistinguishable'})
  expect(of('t1.g2.lora1', 'math')).toMatchObject({verdict: 'incomplete', lacks: 'not run'})
  const text = readFileSync(join(folder, 'report/report.md'), 'utf8')
  expect(text).toContain('deviates (−10.3 pp), one seed')
  expect(text).toContain('Table 5')
  expect(text).not.toContain('Table 2')
  expect(readdirSync(join(folder, 'report/figures'))).toContain('figure-1-gsm8k-of-gemma-2b.svg')
})

test('runs of another setup and unreadable runs are left out with a warning', async () => {
  await writeRun('old', row({finished: '2026-11-23T18:00:00.000Z', steps: 5}), '++++')
  await writeRun('new', row({}), '----')
  writeFileSync(join(folder, 'runs/new/predictions-test.jsonl'), 'no JSON\n')
  writeFileSync(join(folder, 'runs/new/environment.json'), '{"cpu": ')
  mkdirSync(join(folder, 'runs/new/checkpoints/step-000010'), {recursive: true})
  writeFileSync(join(folder, 'runs/new/checkpoints/step-000010/state.json'), 'cut')
  const {stderr, exitCode} = await svft('report')
  expect(exitCode).toBe(0)
  expect(stderr).toMatch(/left out the predictions: runs\/new\/predictions-test.jsonl:1: not JSON/)
  expect(stderr).toMatch(/left out the machine: runs\/new\/environment.json: not JSON/)
  expect(stderr).toMatch(/left out the losses: runs\/new\/checkpoints\/step-000010\/state.json: not JSON/)
  expect(stderr).toMatch(
    /gsm8k\/mini\/svft-plain: left out 1 of 2 runs, whose setup is not that of the last run: steps was 5, is 10$/m,
  )
})

test('runs of one recipe on other data or another model are another setup', async () => {
  const {recipe} = await readRecipe(shipped('configs/gsm8k/mini/svft-plain.yaml'))
  const revisions = [{dataRevision: 'aa'}, {dataRevision: 'bb'}, {dataRevision: 'bb', modelRevision: 'cc'}]
  for (const [seed, revision] of revisions.entries()) {
    await writeRun(`r${seed}`, row({seed, ...revision, finished: `2026-11-24T18:00:0${seed}.000Z`}), '++--')
    writeFileSync(join(folder, 'runs', `r${seed}`, 'recipe.json'), JSON.stringify({...recipe, seed}))
  }
  const {stderr, exitCode} = await svft('report')
  expect(exitCode).toBe(0)
  const last = 'whose setup is not that of the last run'
  const [model, data] = ['the files of its model', 'the contents of its data']
  expect(stderr).toContain(`left out 2 of 3 runs, ${last}: ${model}, ${data}`)

  const edited = {...recipe, train: {...recipe.train, lr: 0.5}, seed: 1}
  writeFileSync(join(folder, 'runs/r1/recipe.json'), JSON.stringify(edited))
  const {stderr: changed} = await svft('report')
  expect(changed).toContain(
    `left out 2 of 3 runs, ${last}: train.lr was 0.5, is ${recipe.train?.lr}, ${model}, ${data}`,
  )

  writeFileSync(join(folder, 'runs/r0/recipe.json'), '{"task": "gsm8k"}')
  const damaged = await svft('report')
  expect(damaged.exitCode).toBe(0)
  expect(damaged.stderr).toContain(
    'setup taken from the row alone: runs/r0/recipe.json: not a recipe as svft run writes it',
  )
})

test('rows of a results file on other data are another setup, unless every seed draws its own data', async () => {
  const on = (seed: number, dataRevision: string) =>
    row({seed, dataRevision, finished: `2026-11-24T18:00:0${seed}.000Z`, scores: {test: {score: 0.5, n: 4}}})
  await writeResults(join(folder, 'data.csv'), [on(0, 'aa'), on(1, 'aa'), on(2, 'bb')])
  expect((await svft('report', 'data.csv')).stderr).toContain('left out 2 of 3 runs, whose setup')
  await writeResults(join(folder, 'drawn.csv'), [on(0, 'aa'), on(1, 'bb'), on(2, 'cc')])
  expect((await svft('report', 'drawn.csv')).stderr).not.toContain('another setup')
})

test('no runs, a missing folder and no rows are one-line errors', async () => {
  expect(await svft('report', 'runs')).toMatchObject({exitCode: 74, stderr: 'runs: no such file or folder'})
  mkdirSync(join(folder, 'runs'))
  expect((await svft('report', 'runs')).stderr).toBe('runs: no finished runs and no results files; svft run makes them')
  writeFileSync(join(folder, 'x.csv'), 'recipe,score\na,1\n')
  expect((await svft('report', 'x.csv')).stderr).toMatch(/^x.csv:1: columns missing: params, seed, hash, /)
})

test('a bad value in a results file drops its row only: the report is written, and the exit code is 1', async () => {
  const file = join(folder, 'x.csv')
  await writeResults(file, [row({}), row({seed: 2})])
  writeFileSync(file, readFileSync(file, 'utf8').replace(',0.5,', ',half,'))
  const {exitCode, stdout, stderr} = await svft('report', 'x.csv')
  expect(exitCode).toBe(1)
  expect(stderr).toBe(
    'warning: left out x.csv:2:39: test_score is "half"; expected a number from 0 to 1 (a correlation: from -1, or nothing)',
  )
  expect(stdout).toMatch(/^SVFT plain +3,612 +1 /m)
})

test('svft collect has nothing to write before the first run', async () => {
  expect(await svft('collect')).toMatchObject({exitCode: 0, stdout: 'no finished runs'})
  expect(readdirSync(folder)).toEqual([])
  mkdirSync(join(folder, 'runs/a'), {recursive: true})
  writeFileSync(join(folder, 'runs/a/row.json'), '{')
  expect(await svft('collect')).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'warning: left out runs/a/row.json: not JSON',
  })
})

test('a report is not written where a file is in the way', async () => {
  writeFileSync(join(folder, 'taken'), '')
  const report = (out: string) => svft('report', shipped('results/reference/glue-mini.csv'), '--out', out)
  expect(await report('taken')).toMatchObject({exitCode: 74, stderr: 'taken: a file, not a folder'})
  expect(await report('taken/in')).toMatchObject({
    exitCode: 74,
    stderr: 'taken/in: a part of the path is a file, not a folder',
  })
})

test('svft collect writes the results of every suite', async () => {
  await writeRun('a', row({}), '+-')
  await writeRun('b', row({recipe: 'glue/mini/full'}), '++')
  const {stdout} = await svft('collect')
  expect(stdout.split('\n').sort()).toEqual(['results/glue-mini.csv: 1 row', 'results/gsm8k-mini.csv: 1 row'])
  expect(readFileSync(join(folder, 'results/glue-mini.csv'), 'utf8')).toMatch(/\nglue\/mini\/full,/)
})

test('svft collect keeps rows of runs elsewhere, and does not touch a file of another kind', async () => {
  await writeRun('a', row({}), '+-')
  await writeRun('b', row({recipe: 'glue/mini/full'}), '++')
  mkdirSync(join(folder, 'results'))
  await writeResults(join(folder, 'results/gsm8k-mini.csv'), [row({seed: 7}), row({steps: 1})])
  writeFileSync(join(folder, 'results/glue-mini.csv'), 'table,cell\n1,2\n')
  const {exitCode, stdout, stderr} = await svft('collect')
  expect(exitCode).toBe(1)
  expect(stdout).toBe('results/gsm8k-mini.csv: 2 rows, 1 of runs elsewhere')
  expect(stderr).toMatch(
    /not changed, and rows of runs here are not added: .*results\/glue-mini\.csv:1: not results of svft/,
  )
  expect(readFileSync(join(folder, 'results/glue-mini.csv'), 'utf8')).toBe('table,cell\n1,2\n')
})

test('rows that look edited or mixed up are reported with their lines, and kept', async () => {
  const file = join(folder, 'x.csv')
  const {params} = row({})
  const edited = {modelRevision: 'aa', dataRevision: 'bb'}
  await writeResults(file, [
    row(edited),
    row({...edited, seed: 2, params: 99}),
    row({...edited, seed: 3, scores: {test: {score: 0.51, n: 8}}}),
  ])
  const {exitCode, stderr} = await svft('report', 'x.csv')
  expect(exitCode).toBe(0)
  const name = 'gsm8k/mini/svft-plain'
  const found = stderr.split('\n').filter(line => line.includes('x.csv'))
  expect(found).toEqual([
    `warning: x.csv:3: ${name}: params is 99, but ${params} at x.csv:2; seeds of one recipe share it`,
    `warning: x.csv:4: ${name}: test_score 0.51 is no whole number of 8 examples; nearest: 0.5, 0.625`,
    `warning: x.csv:2, and 2 more: ${name}: hash 0a does not match the recipe here; the recipe or the row has changed`,
  ])
})

test('two folders with one run and different scores are reported, and the run that finished last counts', async () => {
  await writeRun('b', row({finished: '2026-11-24T19:00:00.000Z'}), '++++----')
  await writeRun('a', row({finished: '2026-11-24T20:00:00.000Z'}), '++++++--')
  const [report, collect] = [await svft('report', 'runs', '--json'), await svft('collect', 'runs')]
  const warning =
    'runs/a/row.json: gsm8k/mini/svft-plain: the run of seed 1 has other scores at runs/b/row.json; the one that finished last counts'
  const {warnings, result} = JSON.parse(report.stdout)
  expect(warnings).toContain(warning)
  expect([report.exitCode, result.entries[0].columns.test.bySeed]).toEqual([0, {1: 0.75}])
  expect([collect.exitCode, collect.stderr]).toEqual([1, `warning: ${warning}`])
  expect(readFileSync(join(folder, 'results/gsm8k-mini.csv'), 'utf8').split('\n')[1]).toContain(',0.75,8,')
})

test('rows that ship with svft pass all checks, and hashes are those of the recipes that ship with them', async () => {
  const {exitCode, stderr} = await svft('report', shipped('results/reference'))
  expect(exitCode).toBe(0)
  expect(stderr).not.toContain('.csv')
})
