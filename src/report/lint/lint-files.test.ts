import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {openWorkplace, writeRecipe} from '../../../test/workplace.ts'
import {shippedRecipes} from '../../plan/catalogue/files.ts'
import {knownRecipes} from './known.ts'
import {lintResults} from './lint-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'svft-'))
afterAll(() => rmSync(folder, {recursive: true}))

test.each([
  ['vision/mini/lora-r8', 'r=8 α=8', 100], // drawn by class
  ['glue/mini/svft-banded', 'banded d=8', 750], // a first line of columns' names
  ['gsm8k/mini/vera', 'r=64', 1125],
  ['commonsense/mini/boft', 'b=8 m=2', 493], // some are held out
  ['gsm8k/mini/base', '', 0],
])('settings and steps of %s are told as its rows tell them', async (name, settings, steps) => {
  const {known} = await knownRecipes([name], shippedRecipes())
  expect(known.get(name)).toMatchObject({settings, steps})
})

test('steps that a recipe says are its steps', async () => {
  const place = await openWorkplace()
  writeRecipe(place, {train: {steps: 7}})
  expect((await knownRecipes(['tiny'], place)).known.get('tiny')).toMatchObject({settings: 'banded d=1', steps: 7})
})

/** What is found in the committed results of vision-mini with some text replaced, in a file of this name. */
async function found(name: string, from: string | RegExp, to: string): Promise<readonly string[]> {
  const text = readFileSync(join(import.meta.dirname, '../../../results/reference/vision-mini.csv'), 'utf8')
  writeFileSync(join(folder, name), text.replaceAll(from, to))
  const {files} = await lintResults(join(folder, name), shippedRecipes())
  return files.flatMap(({defects}) => defects).map(({rule}) => rule)
}

test('rows are held to the recipes that are here, and to the name of their file', async () => {
  expect(await found('vision-mini.csv', /^$/g, '')).toEqual([])
  expect(await found('vision-mini.csv', 'r=8 α=8', 'r=99 α=16')).toEqual(['other-settings'])
  expect(await found('vision-mini.csv', /^.*svft-topk.*\n/gm, '')).toEqual(['missing-recipe'])
  expect(await found('gsm8k-mini.csv', /^$/g, '')).toEqual(['other-suite'])
  expect(await found('mine.csv', /^$/g, '')).toEqual([])
})
