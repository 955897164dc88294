import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {beforeAll, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {cacheRates, openWorkplace, writeRecipe} from '../../test/support/workplace.ts'
import {sum} from '../base/collections.ts'
import type {CellRun} from './cell-report.ts'
import {readCells} from './cells.ts'
import {longestFirst, plannedSeconds, planSweep, type SweepPlan, sharesOf, sweepPlanText} from './plan-cells.ts'

beforeAll(() => {
  const folder = openFolder()
  process.env.SVFT_CACHE = join(folder, 'cache')
  cacheRates(folder) // two plans have the same
})

const mini = (name: string) => fileURLToPath(new URL(`../../configs/gsm8k/mini/${name}.yaml`, import.meta.url))

async function runsOf(...paths: readonly string[]): Promise<CellRun[]> {
  const cells = await readCells({paths, seeds: '0,1'})
  return cells.map(cell => ({cell, status: {state: 'pending'}}))
}

test('a plan covers the cells that are not done, with equal costs of seeds and one decomposition a model', async () => {
  const all = await runsOf(mini('svft-plain'), mini('svft-banded'))
  const plan = await planSweep(all)
  expect(plan).toMatchObject({cells: 4, fetchBytes: 0, faults: [], stateBytes: 12 * 2 * (3612 + 58_940)})
  const shares = all.map(({cell}) => plan.shares.get(cell.label)!)
  expect(shares[0]).toBe(shares[1])
  expect(shares[2]).toBeGreaterThan(0)
  const row = {} as never // nothing of it is read
  const half = all.map((run, i): CellRun => (i < 2 ? run : {...run, status: {state: 'done', row}}))
  const rest = await planSweep(half)
  expect(rest.cells).toBe(2)
  expect([...sharesOf(half, rest).values()].slice(2)).toEqual([0, 0])
  expect(plan.memoryBytes).toBeLessThan(1.5 * rest.memoryBytes) // that of the larger one, and not of both
  const decomposition = ({seconds, shares}: SweepPlan) => seconds - sum([...shares.values()])
  expect(decomposition(rest)).toBeGreaterThan(0)
  expect(decomposition(plan)).toBeCloseTo(decomposition(rest), 6)
  expect(longestFirst(all, new Map([[all[2].cell.label, 2]]))[0]).toBe(all[2])
  expect(sweepPlanText(plan)).toMatch(
    /^4 cells to do: about \S+ of computing on this machine(, about 6s of starting processes)?, peak memory of training up to \d+ MB .*, nothing to fetch$/,
  )
  expect(sweepPlanText({...plan, seconds: 59})).toMatch(/ on this machine, about 6s of starting processes, peak /)
  expect(sweepPlanText({...plan, seconds: 61})).toMatch(/ on this machine, peak /)
  expect(sweepPlanText(await planSweep([]))).toBe('all cells are done')
})

test('a cell whose row is damaged cannot be trained, while one that failed is planned again', async () => {
  const [one, other] = await runsOf(mini('svft-plain'))
  const failure = {kind: 'input', message: 'row.json: not a row of results'} as const
  const plan = await planSweep([{...one, status: {state: 'failed', failure, hasBadRow: true}}, other])
  expect(plan).toMatchObject({cells: 2, faults: [failure.message]})
  expect([...plan.shares.keys()]).toEqual([other.cell.label])
  expect(sweepPlanText(plan)).toMatch(/^2 cells to do: .*; 1 cannot be planned or trained$/)
  expect((await planSweep([{...one, status: {state: 'failed', failure}}])).faults).toEqual([])
})

test('a recipe that cannot be planned is reported, and the others are planned', async () => {
  const [good, other] = await runsOf(mini('svft-plain'))
  const model = {path: 'hf://nobody/nothing@main'}
  const bad: CellRun = {...other, cell: {...other.cell, recipe: {...other.cell.recipe, model}}}
  const plan = await planSweep([good, bad])
  expect(plan.faults).toEqual([expect.stringContaining('nobody/nothing')])
  expect([...plan.shares.keys()]).toEqual([good.cell.label])
  expect(sweepPlanText(plan)).toMatch(/; 1 cannot be planned or trained$/)
  expect(sweepPlanText(await planSweep([bad]))).toBe(
    '1 cell to do: no estimate of the time; 1 cannot be planned or trained',
  )
})

test('a file of the hub whose size is unknown is to be fetched', async () => {
  const folder = await openWorkplace()
  const train = {hub: 'owner/data', file: 'train.jsonl'}
  const file = writeRecipe(folder, {data: {train, test: {test: 'test.jsonl'}}}, 'far.yaml')
  const plan = await planSweep(await runsOf(file))
  expect(plan).toMatchObject({fetchBytes: 0, fetchUnknown: 1})
  expect(sweepPlanText(plan)).toMatch(/, 1 file of unknown size to fetch/)
})

test('a missing local file is refused where it is written', async () => {
  const folder = await openWorkplace()
  for (const [change, where] of [
    [{model: 'nowhere'}, /^\S+tiny\.yaml:\d+:\d+: \S+nowhere: no such file or folder/],
    [{model: '.'}, /^\S+tiny\.yaml:\d+:\d+: \S+: config\.json is missing; a model is a folder with config\.json/],
    [{data: {train: 'nope.jsonl', test: {test: 'test.jsonl'}}}, /^\S+tiny\.yaml:\d+:\d+: \S+nope\.jsonl: no such file/],
    [{model: 'tiny.yaml/model'}, /^\S+tiny\.yaml:\d+:\d+: \S+model: a part of the path is a file, not a folder/],
    [
      {data: {train: 'tiny.yaml/a.jsonl', test: {test: 'test.jsonl'}}},
      /: \S+a\.jsonl: a part of the path is a file, not/,
    ],
    [
      {data: {train: 'tiny.yaml/*.jsonl', test: {test: 'test.jsonl'}}},
      /: \S+\*\.jsonl: a part of the path is a file, not/,
    ],
    [{data: {train: 'nope-*.jsonl', test: {test: 'test.jsonl'}}}, /: \S+nope-\*\.jsonl: no such file or folder/],
  ] as const) {
    const runs = await runsOf(writeRecipe(folder, change))
    await expect(planSweep(runs)).rejects.toMatchObject({kind: 'io', message: expect.stringMatching(where)})
  }
})

test('all missing files of a recipe are listed', async () => {
  const data = {train: 'nope.jsonl', test: {test: 'never.jsonl'}}
  const runs = await runsOf(writeRecipe(await openWorkplace(), {model: 'nowhere', data}))
  const message = await planSweep(runs).catch((error: Error) => error.message)
  const missing = String(message).matchAll(/^\S+tiny\.yaml:\d+:\d+: \S+\/(\S+): no such file or folder/gm)
  expect([...missing].map(([, name]) => name)).toEqual(['nowhere', 'nope.jsonl', 'never.jsonl'])
})

test('a model folder without weights is refused with the files that would do, beside the missing files', async () => {
  const folder = await openWorkplace()
  rmSync(join(folder, 'model/model.safetensors'))
  const data = {train: 'nope.jsonl', test: {test: 'test.jsonl'}}
  const message = await planSweep(await runsOf(writeRecipe(folder, {data}))).catch((error: Error) => error.message)
  expect(message).toMatch(/tiny\.yaml:\d+:\d+: \S+model: weights are missing: none of model\.safetensors or .*\.pt\n/)
  expect(message).toMatch(/tiny\.yaml:\d+:\d+: \S+nope\.jsonl: no such file or folder/)
})

test('a recipe with too many parameters to train is a fault, and none of the time', async () => {
  const full = fileURLToPath(new URL('../../configs/gsm8k/gemma-7b/full.yaml', import.meta.url))
  const plan = await planSweep(await runsOf(full))
  expect(plan).toMatchObject({faults: [expect.stringMatching(/full\.yaml: \S+: adapter trains \d+/)], seconds: 0})
  expect(sweepPlanText(plan)).toMatch(/; 2 cannot be planned or trained$/)
})

test('what a plan warns of is listed once for each recipe', async () => {
  const recipe = writeRecipe(await openWorkplace(), {data: {train: 'test.jsonl', test: {test: 'test.jsonl'}}})
  const cells = await readCells({paths: [recipe], seeds: '0,1', set: ['train.lr=1e-3', 'train.lr=1e-2']})
  const {warnings} = await planSweep(cells.map(cell => ({cell, status: {state: 'pending'}})))
  expect(warnings).toEqual([{recipe: 'tiny', text: expect.stringContaining('data.test.test')}])
})

test('a cell whose examples are not counted has an unknown length, and counts as a typical one', async () => {
  const [good, other] = await runsOf(mini('svft-plain'))
  const {recipe} = other.cell
  const away: CellRun = {
    ...other,
    cell: {
      ...other.cell,
      recipe: {...recipe, data: {...recipe.data, train: 'hf://datasets/nobody/nothing@main/a.jsonl'}},
    },
  }
  const plan = await planSweep([good, away])
  expect([...plan.shares.keys()]).toEqual([good.cell.label])
  const [known, typical] = sharesOf([good, away], plan).values()
  expect(typical).toBe(known)
  expect(plannedSeconds(plan)).toBeCloseTo(plan.seconds + known)
  expect(sweepPlanText(plan)).toMatch(/^2 cells to do: about .*; 1 of unknown length$/)
  expect(sweepPlanText(await planSweep([away]))).toMatch(
    /^1 cell to do: no estimate of the time, peak memory of training up to .*; 1 of unknown length$/,
  )
})
