import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, svft, writeRecipe} from '../../test/workplace.ts'

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
  const {rows, points, others} = await list()
  expect(rows).toHaveLength(114)
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

test('recipes of a folder of your own are listed as text', async () => {
  mkdirSync(join(folder, 'mine'))
  writeRecipe(folder, {paper: {cell: 't1.g2.svft_p', gsm8k: 40.34}}, 'mine/one.yaml')
  writeRecipe(folder, {}, 'mine/two.yaml')
  writeFileSync(join(folder, 'mine/_base.yaml'), 'not: [a, recipe')
  const {stdout} = await svft(folder, ['list', 'mine'])
  expect(stdout).toMatchInlineSnapshot(`
    "Table 1
      t1.g2.svft_p  gemma-2b  svft plain  0.19M  mine/one.yaml  mine/… is not here

    In no table
      mine/two.yaml  mine/… is not here

    1 row, 2 recipes"
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
