import {copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, svft, writeRecipe} from '../../test/support/workplace.ts'
import {readRecipe} from '../recipes/file/read.ts'
import {run} from '../recipes/run.ts'

// Real runs of a tiny model, which are blessed and then compared with the reference.

let folder: string
const file = (name: string) => join(folder, name)
/** Trains and scores the recipe with these settings, as svft run does. */
const work = async (...set: readonly string[]) => run((await readRecipe(file('tiny.yaml'), {set})).recipe)
const check = (...args: readonly string[]) =>
  svft(folder, ['check', 'tiny.yaml', '--against', 'reference.json', ...args])
const cells = (stdout: unknown) => JSON.parse(String(stdout)).result.cells

beforeAll(async () => {
  folder = await openWorkplace()
  writeRecipe(folder, {name: 'tiny'})
  process.chdir(folder)
  process.env.SVFT_CACHE = file('cache')
  await work('seed=0', 'threads=2')
  renameSync(file('runs'), file('twins'))
  for (const seed of [0, 1, 2, 3, 4, 5]) await work(`seed=${seed}`)
}, 120_000)

test('bless refuses too few seeds and unfinished runs, and writes the same bytes for the same runs', async () => {
  const few = await svft(folder, ['bless', 'tiny.yaml', '--seeds', '0-3', '--out', 'few.json'])
  const needed = 'a reference needs 5 seeds or more of each recipe, like --seeds 0-4; given:'
  expect([few.exitCode, few.stderr]).toEqual([78, `${needed} 4 of tiny`])
  const tries = ['--set', 'train.lr=1e-3', '--set', 'train.lr=2e-3'] // two cells of one seed
  const unseeded = await svft(folder, ['bless', 'tiny.yaml', ...tries, '--out', 'few.json'])
  expect([unseeded.exitCode, unseeded.stderr]).toEqual([78, `${needed} 1 of tiny`])
  const open = await svft(folder, ['bless', 'tiny.yaml', '--seeds', '4-9', '--out', 'few.json'])
  expect([open.exitCode, String(open.stderr).split('\n')]).toEqual([
    78,
    [
      '4 of 6 cells are not finished; svft sweep tiny.yaml --seeds 4-9 runs them:',
      ...[6, 7, 8, 9].map(seed => `tiny: seed ${seed}: pending`),
    ],
  ])
  const set = ['--seeds', '0-4', '--set', 'train.lr=2e-3']
  const changed = await svft(folder, ['bless', 'tiny.yaml', ...set, '--out', 'few.json'])
  expect(changed.stderr).toContain('\ntiny: train.lr=0.002 seed 4: pending')
  mkdirSync(file('begun/run'), {recursive: true})
  copyFileSync(file(`twins/${readdirSync(file('twins'))[0]}/recipe.json`), file('begun/run/recipe.json'))
  const begun = await svft(folder, ['bless', 'twins', 'begun', '--out', 'few.json'])
  expect([begun.exitCode, begun.stderr]).toEqual([
    78,
    '1 of 2 runs are not finished; svft run resumes them:\ntiny: begun/run: not finished',
  ])
  for (const out of ['reference.json', 'again.json']) {
    const seeds = ['runs', 'twins']
    expect(await svft(folder, ['bless', ...seeds, '--out', out])).toMatchObject({exitCode: 0})
  }
  expect(readFileSync(file('again.json'), 'utf8')).toBe(readFileSync(file('reference.json'), 'utf8'))
})

test('the same seeds pass the exact gate, other threads the numeric gate, and other results fail', async () => {
  const same = await check('--seeds', '0-5', '--json')
  expect(same.exitCode).toBe(0)
  expect(cells(same.stdout)).toMatchObject([{state: 'passed', gates: ['exact']}])
  const twins = await svft(folder, ['check', 'twins', '--against', 'reference.json', '--json'])
  expect(cells(twins.stdout)[0].state).toBe('passed')
  const text = readFileSync(file('reference.json'), 'utf8')
  writeFileSync(
    file('other.json'),
    text.replace(/"trainedHash": "./, '"trainedHash": "f').replace(/"lossHash": "./, '"lossHash": "e'),
  )
  const apart = await svft(folder, ['check', 'twins', '--against', 'other.json', '--json'])
  expect(cells(apart.stdout)[0]).toMatchObject({state: 'passed', gates: expect.arrayContaining(['numeric'])})
  const other = await svft(
    folder,
    ['check', 'runs', '--against', 'other.json', '--ci', 'github', '--junit', 'junit.xml'],
    {
      env: {GITHUB_STEP_SUMMARY: file('summary.md'), GITHUB_ACTIONS: 'true', HF_TOKEN: 'hf_canary0123'},
    },
  )
  expect(other.exitCode).toBe(1)
  const lines = String(other.stdout).split('\n')
  expect(lines[0]).toBe('::add-mask::hf_canary0123')
  expect(lines[1]).toMatch(/^::stop-commands::/)
  expect(lines.some(line => /^::error .*title=tiny%3A exact gate%2C seed 0::losses differ/.test(line))).toBe(true)
  expect(readFileSync(file('junit.xml'), 'utf8')).toMatch(/failures="1"/)
  expect(readFileSync(file('summary.md'), 'utf8')).toMatch(/\| tiny \| failed \|/)
})

test('another recipe is not compared, and an unreadable file is bad input', async () => {
  await work('seed=0', 'train.lr=1e-3')
  const found = await check('--seeds', '0', '--set', 'train.lr=1e-3', '--json')
  expect([found.exitCode, cells(found.stdout)[0].state]).toEqual([1, 'changed'])
  writeFileSync(file('broken.json'), '{"format": 2}')
  const bad = await Promise.all(
    ['broken.json', 'nowhere.json'].map(name => svft(folder, ['check', 'runs', '--against', name])),
  )
  expect(bad.map(({exitCode}) => exitCode)).toEqual([78, 78])
})

test('a pending cell says what has changed since the run of the same name and seed', async () => {
  const messageOf = async (...args: readonly string[]) => cells((await check(...args, '--json')).stdout)[0].message
  const since = /seed 4: pending: changed since runs\/tiny-[0-9a-f]{8}-s4 finished: /
  const values = await messageOf('--seeds', '4,5', '--set', 'train.lr=3e-3', '--set', 'train.schedule=cosine')
  const set = 'train.lr=0.003 train.schedule=cosine'
  const change = 'train.lr was 0.01, is 0.003, train.schedule was "linear", is "cosine"'
  expect(values.replace(since, '')).toBe(`${set} ${change}; ${set} seed 5: pending`)
  const train = readFileSync(file('train.jsonl'), 'utf8')
  writeFileSync(file('train.jsonl'), train.replace('Amy', 'Ann'))
  const data = await messageOf('--seeds', '4')
  rmSync(file('train.jsonl'))
  const missing = await messageOf('--seeds', '4')
  writeFileSync(file('train.jsonl'), train)
  expect(data.replace(since, '')).toBe('the contents of its data')
  expect(missing).toMatch(/^seed 4: pending: .*train\.jsonl: no such file/)
  expect(await messageOf('--seeds', '9')).toBe('seed 9: pending')
})

test('a damaged recipe.json of a run is named by check and bless', async () => {
  const [name] = readdirSync(file('twins'))
  mkdirSync(file('damaged'))
  cpSync(file(`twins/${name}`), file(`damaged/${name}`), {recursive: true})
  writeFileSync(file(`damaged/${name}/recipe.json`), '{"name": "tiny"}')
  const found = [
    await svft(folder, ['check', 'damaged', '--against', 'reference.json']),
    await svft(folder, ['bless', 'damaged', '--out', 'few.json']),
  ]
  const message = `damaged/${name}/recipe.json: not a recipe as svft run writes it: `
  for (const {exitCode, stderr} of found)
    expect([exitCode, String(stderr).slice(0, message.length)]).toEqual([78, message])
})

test('a row that was edited by hand, or copied from another run, is reported with its file', async () => {
  const [name] = readdirSync(file('runs')).filter(run => run.endsWith('-s1'))
  const path = file(`runs/${name}/row.json`)
  const written = readFileSync(path, 'utf8')
  writeFileSync(path, written.replace(/"score": [\d.]+/, '"score": 0.123456'))
  const edited = await check('--seeds', '1')
  writeFileSync(path, written.replace(/"hash": "..../, '"hash": "0000'))
  const refused = await check('--seeds', '1')
  const copied = await svft(folder, ['check', 'runs', '--against', 'reference.json'])
  writeFileSync(path, written)
  expect(edited.exitCode).toBe(1)
  expect(edited.stderr).toMatch(/warning: runs\/.*\/row\.json: test_score 0\.123456 is no whole number of \d+ examples/)
  expect(refused.exitCode).toBe(1)
  expect(refused.stdout).toContain('its row is of another run')
  expect(copied.stderr).toMatch(/warning: runs\/.*\/row\.json: its hash or seed is not that of recipe\.json beside it/)
})
