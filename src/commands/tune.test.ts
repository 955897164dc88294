import {existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openWorkplace, svft, writeRecipe} from '../../test/support/workplace.ts'
import {readRecipe} from '../recipes/file/read.ts'

// Whole searches, with the processes that they start.

let folder: string
beforeEach(async () => {
  folder = await openWorkplace()
})

const lora = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj', 'down_proj']}
const data = {train: 'train.jsonl', validation: 'validation.jsonl', test: {test: 'test.jsonl'}}

/** Two recipes of one suite, and data to validate on. */
function writeRecipes(changes: object = {}) {
  writeFileSync(join(folder, 'validation.jsonl'), readFileSync(join(folder, 'test.jsonl')))
  writeRecipe(folder, {name: 'tiny/svft', data, ...changes}, 'svft.yaml')
  writeRecipe(folder, {name: 'tiny/lora', data, adapter: lora, ...changes}, 'lora.yaml')
}

const tune = (...args: string[]) => svft(folder, ['tune', ...args, '--workers', '2', '--json'])
const range = ['--over', 'train.lr=1e-3..1e-1:log', '--trials', '3']
const resultOf = ({stdout}: {readonly stdout: string}) => JSON.parse(stdout)
const runs = () => readdirSync(join(folder, 'runs')).sort()
const rows = (name: string) =>
  readFileSync(join(folder, 'results', name), 'utf8')
    .trim()
    .split('\n')
    .slice(1)

test('each recipe gets the same trials on validation; the best is written as a recipe and alone scored on test', {
  timeout: 180_000,
}, async () => {
  writeRecipes()
  renameSync(join(folder, 'test.jsonl'), join(folder, 'later.jsonl'))
  const [good] = readFileSync(join(folder, 'later.jsonl'), 'utf8').split('\n')
  writeFileSync(join(folder, 'test.jsonl'), `${good}\n{"query":\n`) // a search that read it would fail
  const first = await tune('svft.yaml', 'lora.yaml', ...range, '--seeds', '3')
  expect(first.exitCode).toBe(1) // of the tuned recipes alone
  expect(resultOf(first).result).toMatchObject({
    counts: {failed: 2},
    cells: [1, 2].map(() => ({
      cell: expect.stringMatching(/^tuned\/tiny\/\w+ seed=3$/),
      state: 'failed',
      failure: {message: expect.any(String)},
    })),
  })
  expect(rows('tune-tiny.csv')).toHaveLength(6)
  expect(readFileSync(join(folder, 'results/tune-tiny.csv'), 'utf8')).not.toContain('test_score')

  renameSync(join(folder, 'later.jsonl'), join(folder, 'test.jsonl'))
  const written = statSync(join(folder, 'runs', runs().find(name => name.startsWith('tune-'))!, 'row.json')).mtimeMs
  const second = await tune('svft.yaml', 'lora.yaml', ...range, '--seeds', '3')
  expect(second.exitCode).toBe(0)
  expect(statSync(join(folder, 'runs', runs().find(name => name.startsWith('tune-'))!, 'row.json')).mtimeMs).toBe(
    written,
  )
  expect(rows('tuned-tiny.csv')).toHaveLength(2)
  expect(runs()).toHaveLength(8)

  const {result, warnings} = resultOf(second)
  expect(result.recipes.map(({trials}: {trials: object[]}) => trials.length)).toEqual([3, 3])
  expect(result.recipes[0]).toMatchObject({
    recipe: 'tiny/svft',
    tuned: 'tuned/tiny/svft.yaml',
    best: {'train.lr': 0.001}, // nothing is right with any rate, and the smallest of equals wins
    ties: [{'train.lr': 0.01}, {'train.lr': 0.1}],
    edges: [],
    scores: [{seed: 3, scores: {test: {n: 3}}}],
  })
  expect(warnings).toContain(
    'tiny/lora: all 3 trials scored the same, so the search cannot tell them apart; the one with the smallest train.lr is taken: train.lr=0.001',
  )
  const {recipe, files} = await readRecipe(join(folder, 'tuned/tiny/lora.yaml'))
  expect(files.map(file => file.slice(folder.length + 1))).toEqual(['lora.yaml', 'tuned/tiny/lora.yaml'])
  expect(recipe).toMatchObject({name: 'tuned/tiny/lora', adapter: {rank: 2}, train: {lr: 0.001}})
  expect(recipe.search).toEqual({
    strategy: 'grid',
    over: {'train.lr': {from: 0.001, to: 0.1, spacing: 'log'}},
    trials: 3,
    failed: 0,
    seeds: [3],
    split: 'validation',
    metric: 'accuracy',
    best: 0,
    worst: 0,
  })
  expect(rows('tuned-tiny.csv')[0]).toContain(
    'grid of 3 trials × 1 seed (3) by validation accuracy: train.lr 0.001 to 0.1 (log)',
  )
  expect(existsSync(join(folder, 'results/tune-tiny-validation-by-train-lr.svg'))).toBe(true)
  expect(existsSync(join(folder, 'results/tune-tiny-validation-by-train-lr.png'))).toBe(true)

  const report = await svft(folder, ['report'])
  expect(report.stdout).toContain('grid of 3 trials × 1 seed (3)')
  expect(readdirSync(join(folder, 'report/figures'))).toContain('tune-tiny-validation-by-train-lr.svg')
})

test('a trial that diverges has failed, and is not run again; if all do, the error names the range', {
  timeout: 180_000,
}, async () => {
  const changes = {adapter: {method: 'full'}, train: {schedule: 'constant'}}
  writeRecipes(changes)
  const some = ['lora.yaml', '--over', 'train.lr=1e-3..1e30:log', '--trials', '2']
  const first = await tune(...some)
  expect(first.exitCode).toBe(0)
  const [{trials, best, search}] = resultOf(first).result.recipes
  expect(best).toEqual({'train.lr': 0.001})
  expect(search).toMatchObject({trials: 2, failed: 1, edges: {'train.lr': 'lowest'}})
  expect(rows('tuned-tiny.csv')[0]).toContain(',lowest train.lr,')
  expect(trials[1]).toMatchObject({
    scores: [],
    failure: expect.stringMatching(/^step 2: the (loss|gradient) is not finite/),
  })
  const failures = () => runs().flatMap(name => [join(folder, 'runs', name, 'failed.json')].filter(existsSync))
  const [failed] = failures()
  const {mtimeMs} = statSync(failed)
  expect((await tune(...some)).exitCode).toBe(0)
  expect(statSync(failed).mtimeMs).toBe(mtimeMs)

  const all = await tune('lora.yaml', '--over', 'train.lr=1e29..1e30:log', '--trials', '2')
  expect(all.exitCode).toBe(1)
  expect(resultOf(all).error).toEqual({
    name: 'Fault',
    kind: 'failed',
    message: 'tiny/lora: both trials of train.lr from 1e+29 to 1e+30 diverged; lower the bounds of --over',
  })
})

test('halving trains fewer trials for longer, and warns once', {timeout: 180_000}, async () => {
  writeRecipes({train: {steps: 40}, data: {...data, train: 'validation.jsonl'}}) // which the plan warns of
  const args = ['svft.yaml', '--over', 'train.lr=1e-3..1e-1:log', '--trials', '2', '--halving']
  const planned = await tune(...args, '--dry-run')
  expect(resultOf(planned).result).toMatchObject({strategy: 'halving', plan: {trials: {cells: 3}, final: {cells: 1}}})
  expect(existsSync(join(folder, 'runs'))).toBe(false)
  const ended = await tune(...args)
  expect(ended.exitCode).toBe(0)
  const leaks = resultOf(ended).warnings.filter((text: string) => text.includes('data.validation'))
  expect(leaks).toHaveLength(1)
  const [{trials, search}] = resultOf(ended).result.recipes
  expect(trials.map(({steps}: {steps?: number}) => steps)).toEqual([undefined, 20])
  expect(search).toMatchObject({strategy: 'halving', trials: 2})
  expect(rows('tune-tiny.csv')).toHaveLength(3)
})

test('an earlier search with the same best values is replaced in recipe and rows, without another run', {
  timeout: 180_000,
}, async () => {
  writeRecipes()
  await tune('svft.yaml', '--over', 'train.lr=1e-3..1e-1:log', '--trials', '2')
  const before = runs()
  await tune('svft.yaml', '--over', 'train.lr=1e-3..1e-1:log', '--trials', '3')
  expect(runs().length).toBe(before.length + 1)
  expect(rows('tuned-tiny.csv')).toEqual([expect.stringContaining('grid of 3 trials')])
})

test('mistakes are found before any trial starts', async () => {
  writeRecipes()
  writeRecipe(folder, {name: 'tiny/blind', data: {train: 'train.jsonl', test: {test: 'test.jsonl'}}}, 'blind.yaml')
  writeRecipe(folder, {name: 'tiny/peek', data, train: {keep: 'best', keepBy: 'test'}}, 'peek.yaml')
  writeRecipe(folder, {name: 'tiny/same', data: {...data, validation: 'test.jsonl'}}, 'same.yaml')
  symlinkSync('test.jsonl', join(folder, 'link.jsonl'))
  writeRecipe(folder, {name: 'tiny/link', data: {...data, validation: 'link.jsonl'}}, 'link.yaml')
  writeRecipe(folder, {name: 'tiny/text', task: 'text', data, evaluate: {maxNewTokens: undefined}}, 'text.yaml')
  writeRecipe(folder, {name: 'tiny/none', data, adapter: {method: 'none'}}, 'none.yaml')
  writeRecipe(folder, {name: 'tiny/svft', data}, 'twin.yaml')
  const messageOf = async (...args: string[]) => {
    const {exitCode, stdout} = await tune(...args)
    return `${exitCode} ${JSON.parse(stdout).error.message}`
  }
  expect(await messageOf('blind.yaml', ...range)).toMatch(/^78 .*data\.validation/)
  expect(await messageOf('peek.yaml', ...range)).toMatch(/^78 .*train\.keepBy: test would score a test split/)
  for (const file of ['same.yaml', 'link.yaml']) {
    expect(await messageOf(file, ...range)).toMatch(
      /^78 \w+\.yaml:\d+:\d+: data\.validation and data\.test\.test are the same file/,
    )
  }
  expect(await messageOf('text.yaml', '--over', 'train.maxTokens=32..128', '--trials', '2')).toMatch(
    /^2 --over train\.maxTokens: tiny\/text is scored by perplexity .*set evaluate\.maxTokens$/,
  )
  expect(await messageOf('none.yaml', ...range)).toMatch(/^2 .*no recipe trains/)
  expect(await messageOf('svft.yaml', 'twin.yaml', ...range)).toMatch(/^2 two recipes have the name tiny\/svft/)
  expect(await messageOf('svft.yaml', '--over', 'adapter.rank=1..3', '--trials', '2')).toMatch(/^78 .*rank/)
  expect(await messageOf('svft.yaml', ...range, '--set', 'train.lr=1')).toMatch(/^2 --set train\.lr=1: /)
  expect(await messageOf('svft.yaml', ...range, '--set', 'seed=1')).toMatch(/^2 --set seed=1: use --seeds/)
  expect(await messageOf('svft.yaml', ...range, '--final-seeds', '5-3')).toMatch(/^2 --final-seeds takes .*3-5$/)
  expect(await messageOf('svft.yaml', ...range, '--halving')).toMatch(/^2 --halving: tiny\/svft trains for 4 steps/)
  await svft(folder, ['new', 'svft.yaml', 'tuned/tiny/svft.yaml'])
  expect(await messageOf('svft.yaml', ...range)).toMatch(
    /^2 tuned\/tiny\/svft\.yaml: already exists and was not written by svft tune/,
  )
  rmSync(join(folder, 'tuned'), {recursive: true})
  writeFileSync(join(folder, 'test.jsonl'), '{"question": "a"}\n') // which no trial reads
  for (const args of [[], ['--dry-run']])
    expect(await messageOf('svft.yaml', ...range, ...args)).toMatch(
      /^1 svft\.yaml:1:\d+: .*test\.jsonl:1: column "answer" is missing/,
    )
  for (const name of ['test.jsonl', 'validation.jsonl']) rmSync(join(folder, name))
  for (const args of [[], ['--dry-run']])
    expect(await messageOf('svft.yaml', ...range, ...args)).toMatch(
      /^74 svft\.yaml:1:\d+: .*\/test\.jsonl: no such file(.|\n)*\/validation\.jsonl: no such file/,
    )
  expect(existsSync(join(folder, 'runs'))).toBe(false)
})
