import {writeFileSync} from 'node:fs'
import {join, relative} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {shippedRecipesFolder} from '../../recipes/file/shipped-recipes.ts'
import {findRecipeFiles} from './recipe-files.ts'

test('a row of either version, and a point of a figure, stands for its recipes', async () => {
  const find = async (name: string) =>
    (await findRecipeFiles([name])).map(file => relative(shippedRecipesFolder(), file))
  expect(await find('n9.svf_7')).toEqual(['gsm8k/gemma-2b/svf.yaml'])
  expect(await find('t4.vl.head')).toEqual(['vision/vit-l16/food101/head.yaml', 'vision/vit-l16/resisc45/head.yaml'])
  expect(await find('f4.qv.plain')).toHaveLength(1)
})

test.each([
  ['N4', 'n4', 'n1, n2'],
  ['n44', 'n4', 'n1, n2'],
  ['n99', 'n9', 'n1, n2'],
  ['t11', 'n11', 't1, t2'],
  ['t7', 'n7', 't1, t2'],
  ['TABLE4', 'table4', 'table1, table2'],
  ['figure6', 'figure1', 'table1, table2'],
  ['n9.svt_7', 'n9.svf_7', 'n9.svf_5, n9.svft_p_5'],
  ['N9.svf_7', 'n9.svf_7', 'n9.svf_5, n9.svft_p_5'],
  ['f4.qv.plane', 'f4.qv.plain', 'f4.qv.plain, f4.qv.d2'],
])('%s is refused: did you mean %s?', async (name, near, known) => {
  await expect(findRecipeFiles([name])).rejects.toMatchObject({
    kind: 'usage',
    message: expect.stringContaining(
      `neither a file nor a table, row or figure of the paper: ${name}; did you mean ${near}? known: ${known}, `,
    ),
  })
})

test('a name with the ending of a recipe, or in a folder, is a file', async () => {
  expect(await findRecipeFiles(['n9.yaml', 'n9/n4.svf'])).toEqual(['n9.yaml', 'n9/n4.svf'])
})

test('a folder does not stand for the sweep files in it', async () => {
  const folder = openFolder()
  writeFileSync(join(folder, 'sweep.yaml'), '# two\nseeds: [0, 1]\nrecipes: [a.yaml]\n')
  writeFileSync(join(folder, 'flow.yaml'), '{seeds: [0, 1], "recipes": [a.yaml]}\n')
  writeFileSync(join(folder, 'a.yaml'), 'task: gsm8k # of\n# recipes: any\n')
  expect(await findRecipeFiles([folder])).toEqual([join(folder, 'a.yaml')])
})

test('a folder without recipes is refused, also beside one that has some', async () => {
  await expect(findRecipeFiles([openFolder(), shippedRecipesFolder()])).rejects.toThrow(/^no recipes in /)
})
