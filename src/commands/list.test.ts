import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, svft, writeRecipe} from '../../test/support/workplace.ts'

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
})

const list = async (...args: string[]) => {
  const {stdout, exitCode} = await svft(folder, ['list', ...args, '--json'])
  expect(exitCode).toBe(0)
  return JSON.parse(String(stdout)).result
}

test('all 114 rows of the paper are listed with their recipes and downloads', async () => {
  const {rows, points, others, totals} = await list()
  expect(rows).toHaveLength(114)
  expect(totals.versions).toEqual({'arxiv-v1': {rows: 114, recipes: 226}, neurips2024: {rows: 130, recipes: 196}})
  expect(points).toEqual([])
  const plain = rows.find(({cell}: {cell: string}) => cell === 't10.r2048')
  expect(plain.recipes.map(({name}: {name: string}) => name)).toEqual(['gsm8k/gemma-2b/svft-plain'])
  expect(plain.recipes[0].parts[0]).toMatchObject({name: 'google/gemma-2b', here: false})
  const mini = others.find(({name}: {name: string}) => name === 'gsm8k/mini/svft-plain')
  expect(mini.parts.every(({here}: {here: boolean}) => here)).toBe(true)
})

test('rows are filtered by table, model and method, points by figure, and runnable recipes by --here', async () => {
  const cells = (all: {cell: string}[]) => all.map(({cell}) => cell)
  expect(cells((await list('--table', '1', '--model', 'gemma-2b', '--method', 'svft')).rows)).toEqual([
    't1.g2.svft_p',
    't1.g2.svft_r16',
  ])
  expect((await list('--figure', '4')).points).toHaveLength(20)
  const here = await list('--here', '--suite', 'gsm8k')
  expect(here.rows).toEqual([])
  expect(here.others.map(({name}: {name: string}) => name)).toContain('gsm8k/mini/boft')
})

test('the rows of the published version are listed by --version, and by the letter of a table', async () => {
  const {version, rows, otherVersion} = await list('--version', 'neurips2024')
  expect([version, rows.length]).toEqual(['neurips2024', 130])
  const plain = rows.find(({cell}: {cell: string}) => cell === 'n13.svft_p')
  expect(plain.recipes.map(({name}: {name: string}) => name)).toEqual(['gsm8k/gemma-2b/svft-plain'])
  expect(otherVersion.map(({name}: {name: string}) => name)).toContain('vision/vit-b16/cifar100/lora-r1')
  const {stdout} = await svft(folder, ['list', '--table', 'n10', '--model', 'gemma-2b', '--method', 'svft'])
  const shown = String(stdout)
    .replace(/\S*configs/, 'configs')
    .replace(/recipe +inputs/, 'recipe  inputs')
  expect(shown).toMatchInlineSnapshot(`
    "NeurIPS 2024, table 10
      row              model     method                         #params  recipe  inputs
      n10.g2.svft_r12  gemma-2b  svft random d=12 on Q,K,V,U,D    2.98M  configs/gsm8k/gemma-2b/svft-random-d12-qkvud.yaml  to fetch: 5.0 GB
        NeurIPS 2024 prints gsm8k 47.61 (n13.svft_r12)

    1 row, 1 recipe"
  `)
})

test.each([
  [
    ['--version', 'neurips'],
    'unknown version of the paper: neurips; did you mean neurips2024? known: arxiv-v1, neurips2024',
  ],
  [
    ['--table', 'n8'],
    'NeurIPS 2024 has no result table n8; known: n1, n2, n3, n4, n5, n6, n7, n9, n10, n11, n12, n13, n14',
  ],
  [
    ['--table', 'seven'],
    'arXiv v1 has no result table seven; known: 1, 2, 3, 4, 5, 6, 8, 9, 10; t4 is a table of arXiv v1, n4 one of NeurIPS 2024',
  ],
  [
    ['--table', 't4', '--version', 'neurips2024'],
    't4 is a table of arxiv-v1, not of neurips2024; give only one of them',
  ],
])('%j is refused with what is known', async (args, stderr) => {
  expect(await svft(folder, ['list', ...args])).toMatchObject({exitCode: 2, stderr})
})

test('a row is followed by the rows of either version that print other values or its scores for another pattern', async () => {
  const {stdout} = await svft(folder, ['list', '--table', '1', '--model', 'gemma-7b', '--method', 'svft'])
  const lines = String(stdout).split('\n')
  const row = lines.findIndex(line => line.includes('t1.g7.svft_r16'))
  expect(lines.slice(row + 1, row + 3)).toEqual([
    '    NeurIPS 2024 prints gsm8k 76.35, math 29.86 (n7.g7.random16)',
    '    NeurIPS 2024 prints the same gsm8k 76.81, math 29.98 for banded (n7.g7.banded16)',
  ])
})

test('a row whose recipe has another method than its label is followed by that method', async () => {
  const {stdout} = await svft(folder, ['list', '--table', '8'])
  const lines = String(stdout).split('\n')
  const named = lines.filter(line => line.includes('its recipe has'))
  expect(named).toEqual(['    its recipe has dora; svft conflicts lists the wrong labels of the paper'])
  expect(lines[lines.indexOf(named[0]) - 1]).toContain('t8.lora16')
})

test('recipes of a folder of your own are listed as text', async () => {
  mkdirSync(join(folder, 'mine'))
  writeRecipe(folder, {paper: {cell: 't1.g2.svft_p', gsm8k: 40.34}}, 'mine/one.yaml')
  writeRecipe(folder, {}, 'mine/two.yaml')
  writeFileSync(join(folder, 'mine/_base.yaml'), 'not: [a, recipe')
  const {stdout} = await svft(folder, ['list', 'mine'])
  expect(stdout).toMatchInlineSnapshot(`
    "Table 1
      row           model     method      #params  recipe         inputs
      t1.g2.svft_p  gemma-2b  svft plain    0.19M  mine/one.yaml  mine/… is not here

    In no table
      recipe         inputs
      mine/two.yaml  mine/… is not here

    arXiv v1: 1 row, 1 recipe; NeurIPS 2024 (--version neurips2024): 4 rows, 1 recipe; 1 recipe in both
    in no table: 1 recipe of other models: model"
  `)
  const nothing = await svft(folder, ['list', 'model'])
  expect(nothing).toMatchObject({exitCode: 2, stderr: 'no recipes in model'})
})

test('downloads and missing local files are both listed', async () => {
  writeRecipe(
    folder,
    {model: {hub: 'google/gemma-2b'}, data: {train: 'no.jsonl', test: {test: 'test.jsonl'}}},
    'hub.yaml',
  )
  mkdirSync(join(folder, 'one'))
  writeFileSync(join(folder, 'one/a.yaml'), JSON.stringify({extends: '../hub.yaml'}))
  writeFileSync(join(folder, 'one/b.yaml'), JSON.stringify({extends: '../hub.yaml', model: 'model'}))
  const {stdout} = await svft(folder, ['list', 'one'])
  expect(String(stdout)).toMatch(/ one\/a\.yaml {2}to fetch: 5\.0 GB; no\.jsonl is not here\n/)
  expect(String(stdout)).toMatch(/ one\/b\.yaml {2}one\/model and 1 more are not here\n/)
})
