import {mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {findRecipeFiles} from '../../plan/catalogue/recipe-files.ts'
import {profileWarnings} from './profile-warnings.ts'
import {readRecipe} from './read.ts'

const configs = fileURLToPath(new URL('../../../configs', import.meta.url))

const file = join(mkdtempSync(join(tmpdir(), 'svft-')), 'fresh.yaml')
writeFileSync(
  file,
  JSON.stringify({
    task: 'cifar100',
    model: 'vit',
    data: {train: 'train', test: {test: 'test'}},
    adapter: {method: 'boft', b: 4, m: 4, targets: ['query']},
    train: {lr: 1e-3, epochs: 1, batch: 8},
  }),
)

const told = async (path: string, set: readonly string[] = []) => {
  const {recipe, decisions} = await readRecipe(path, {set})
  return profileWarnings(recipe, decisions)
}

test('a recipe of images whose BOFT asks for four factors is told that one trains, unless it says so', async () => {
  expect(await told(file)).toEqual([
    'adapter.m: 4 factors are asked for and 1 trains, as PEFT falls back to without its CUDA extension ' +
      '(profile official-code, svft conflicts 9); adapter.fallback: false trains 4, true says that 1 is meant',
  ])
  for (const set of ['adapter.fallback=true', 'adapter.fallback=false', 'adapter.m=1', 'profile=paper', 'task=cola']) {
    expect(await told(file, [set])).toEqual([])
  }
})

test('recipes that ship with svft mean what they train', async () => {
  const files = (await findRecipeFiles([configs])).filter(path => path.includes('boft'))
  expect(files.length).toBeGreaterThan(20)
  for (const path of files) expect(await told(path)).toEqual([])
})
