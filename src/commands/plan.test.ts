import {cpSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, svft, writeRecipe} from '../../test/support/workplace.ts'

let folder: string
const recipe = (name: string) => join(import.meta.dirname, `../../configs/${name}.yaml`)
beforeAll(async () => {
  folder = await openWorkplace()
  writeRecipe(folder)
  writeRecipe(folder, {model: 'nowhere'}, 'lost.yaml')
})

test('one recipe is planned in full, as by a dry run', async () => {
  const [plan, dry] = await Promise.all([
    svft(folder, ['plan', 'tiny.yaml', '--json']),
    svft(folder, ['run', 'tiny.yaml', '--dry-run', '--json']),
  ])
  expect(plan.exitCode).toBe(0)
  const [{plans, ...rest}, ran] = [plan, dry].map(({stdout}) => JSON.parse(String(stdout)).result)
  expect(rest).toEqual({faults: [], rows: {'arxiv-v1': 0, neurips2024: 0}})
  const [planned] = plans
  expect(planned).toMatchObject({recipe: 'tiny', params: 94, time: {train: {steps: 4}}})
  expect({...ran, time: 0, rates: 0}).toEqual({...planned, time: 0, rates: 0})
})

test('several recipes are one line each, and one that cannot be planned does not stop the others', async () => {
  cpSync(join(folder, 'lost.yaml'), join(folder, 'lost-as-well.yaml'))
  const {stdout, stderr, exitCode} = await svft(folder, ['plan', 'tiny.yaml', 'lost.yaml', 'lost-as-well.yaml'])
  expect(stdout).toMatch(/^recipe +trainable +memory +to fetch +time\ntiny +94 .*\n1 recipe planned$/)
  expect(stderr).toMatch(/^warning: lost\.yaml:1:\d+: .*nowhere: no such file or folder/)
  expect(exitCode).toBe(1)
})

test('if none of several recipes can be planned, only the reasons are printed', async () => {
  cpSync(join(folder, 'lost.yaml'), join(folder, 'lost-too.yaml'))
  const {stdout, stderr, exitCode} = await svft(folder, ['plan', 'lost.yaml', 'lost-too.yaml'])
  expect([stdout, exitCode]).toEqual(['', 1])
  expect(stderr).toContain('nowhere: no such file or folder')
})

test('the rows of a version are planned by one table of it, and counted', async () => {
  const {stdout} = await svft(folder, ['plan', 'table9', '--version', 'neurips2024'])
  const lines = String(stdout).split('\n')
  expect(lines.slice(1, -1).map(line => line.split(' ')[0])).toEqual([
    'gsm8k/gemma-2b/svf-qkvud',
    'gsm8k/gemma-2b/svf',
    'gsm8k/gemma-2b/svft-plain-qkvud',
    'gsm8k/gemma-2b/svft-plain',
    'gsm8k/gemma-2b/svft-random-d16',
  ])
  expect(lines.at(-1)).toBe('5 recipes planned, of 5 rows of arXiv v1 and 14 of NeurIPS 2024')
})

test('a count is compared with the printed one of either version', async () => {
  const {stdout} = await svft(folder, ['params', recipe('gsm8k/llama-3-8b/dora-r1'), '--version', 'neurips2024'])
  expect(stdout).toMatch(
    /\nNeurIPS 2024 prints 2\.55M \(n1\.l8\.dora1\): truncated\nNeurIPS 2024 prints 2\.56M \(n14\.dora1\)$/,
  )
  const {stdout: other} = await svft(folder, ['params', recipe('vision/vit-b16/cifar100/head')])
  expect(other).toMatch(/\nNeurIPS 2024 prints cifar100 78\.58 \(n4\.vb\.head\)$/)
  const {stdout: none} = await svft(folder, [
    'params',
    recipe('vision/vit-b16/cifar100/lora-r1'),
    '--version',
    'neurips2024',
  ])
  expect(none).toMatch(/\nNeurIPS 2024 does not print this row$/)
})

test('no recipe, or recipes together with --all, is a usage error', async () => {
  const found = await Promise.all([svft(folder, ['plan']), svft(folder, ['plan', 'tiny.yaml', '--all'])])
  expect(found.map(({exitCode, stderr}) => [exitCode, stderr])).toEqual([
    [2, 'give recipe files or folders, or --all'],
    [2, 'give recipe files or folders, or --all, not both'],
  ])
})

test('a recipe that is scored on its training data is warned of by plan, show and run', async () => {
  cpSync(join(folder, 'test.jsonl'), join(folder, 'both.jsonl'))
  writeRecipe(folder, {data: {train: 'both.jsonl', test: {test: 'both.jsonl'}}, train: {steps: 1}}, 'leak.yaml')
  for (const args of [
    ['plan', 'leak.yaml'],
    ['show', 'leak.yaml'],
    ['run', 'leak.yaml', '--dry-run'],
    ['run', 'leak.yaml'],
  ]) {
    const {stderr} = await svft(folder, args)
    expect(stderr.match(/^warning: data\.train and data\.test\.test are the same file, /gm)).toHaveLength(1)
  }
})
