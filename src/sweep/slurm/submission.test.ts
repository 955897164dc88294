import {existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, expect, test, vi} from 'vitest'
import {openWorkplace, tinyRecipe, writeRecipe} from '../../../test/support/workplace.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {readCells} from '../cells.ts'
import {openCells} from '../sweep.ts'
import {clearSubmissions, submissionsFolder, submitCells} from './submission.ts'
import {sweepOnSlurm} from './sweep.ts'

afterEach(() => vi.unstubAllEnvs())

/** Makes a submission's folder, with the digit in its name. */
function submitted(digit: number, recipes: readonly Recipe[]): string {
  const folder = join(submissionsFolder(), `svft-${String(digit).repeat(12)}`)
  mkdirSync(folder, {recursive: true})
  writeFileSync(join(folder, 'cells.json'), JSON.stringify(recipes.map(cellOf)))
  return folder
}

const cellOf = (recipe: Recipe) => ({label: `${recipe.name} seed=${recipe.seed}`, recipe})

test('a submission is removed when the contents of its cells are done and Slurm does not list it', async () => {
  const place = await openWorkplace()
  process.chdir(mkdtempSync(join(tmpdir(), 'svft-')))
  const short = await tinyRecipe(place, {train: {steps: 1}})
  const long = await tinyRecipe(place, {train: {steps: 20}})
  expect(cellOf(short).label).toBe(cellOf(long).label)
  const folders = [[short], [long], [short, long], [short]].map((recipes, digit) => submitted(digit, recipes))
  const here = () => folders.map(folder => existsSync(folder))

  await clearSubmissions([cellOf(short)], new Set(['svft-333333333333']))
  expect(here()).toEqual([false, true, true, true])
  await clearSubmissions([short, long].map(cellOf), new Set())
  expect(here()).toEqual([false, false, false, false])
})

/** An sbatch that accepts everything as job 7. */
function addSbatch(place: string): void {
  mkdirSync(join(place, 'bin'))
  writeFileSync(join(place, 'bin/sbatch'), '#!/bin/sh\necho 7\n', {mode: 0o755})
  vi.stubEnv('PATH', `${join(place, 'bin')}:${process.env.PATH}`)
}

test('a sweep that is stopped before it submits anything submits nothing', async () => {
  const place = await openWorkplace()
  process.chdir(place)
  addSbatch(place)
  writeRecipe(place)
  const runs = await openCells(await readCells({paths: ['tiny.yaml']}))
  const result = await sweepOnSlurm(runs, {
    options: [],
    failFast: false,
    onEvent: () => {},
    signal: AbortSignal.abort(),
  })
  expect(result).toMatchObject({queued: undefined, cells: new Map([['tiny seed=42', {state: 'pending'}]])})
  expect(existsSync(submissionsFolder())).toBe(false)
})

test("a job gets the paths of the hub's cache and certificates, and not the token", async () => {
  const place = await openWorkplace()
  process.chdir(place)
  addSbatch(place)
  vi.stubEnv('SCRATCH', '/scratch')
  vi.stubEnv('HF_HOME', '$SCRATCH/hf')
  vi.stubEnv('NODE_EXTRA_CA_CERTS', '/etc/own ca.pem')
  vi.stubEnv('HF_TOKEN', 'hf_secret')
  const {folder, id} = await submitCells([cellOf(await tinyRecipe(place))], {options: []})
  expect(id).toBe('7')
  const script = readFileSync(join(folder, 'job.sh'), 'utf8')
  expect(script).toContain('export HF_HOME=/scratch/hf\n')
  expect(script).toContain("export NODE_EXTRA_CA_CERTS='/etc/own ca.pem'\n")
  expect(script).not.toContain('hf_secret')
})
