import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {beforeAll, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {enterWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
import {findRecipeFiles} from '../plan/catalogue/recipe-files.ts'
import {openBlueprint} from './blueprint.ts'
import {readRecipe} from './file/read.ts'
import {profileWarnings, sizeWarnings} from './method-warnings.ts'

let folder: string
beforeAll(async () => {
  folder = await enterWorkplace()
})

const found = async (adapter: object) => {
  const svft = {method: 'svft', pattern: 'plain', targets: ['q_proj', 'k_proj', 'down_proj'], ...adapter}
  const recipe = await tinyRecipe(folder, {adapter: svft, model: join(folder, 'model')})
  return sizeWarnings(await openBlueprint(recipe))
}

test('a rank that truncates none of the weights gets a warning, and one that truncates some does not', async () => {
  expect(await found({rank: 500})).toEqual([
    'adapter.rank: 500 truncates nothing, no weight has more singular values; model.layers.0.self_attn.q_proj (16 × 16) has 16',
  ])
  expect(await found({rank: 16})).toHaveLength(1)
  expect(await found({rank: 15})).toEqual([])
  expect(await found({})).toEqual([])
})

test.each(['lora', 'dora'])(
  'a rank of %s higher than an update can have gets a warning with the smallest weight',
  async method => {
    const ranked = (rank: number) => found({method, rank, alpha: 8, pattern: undefined})
    expect(await ranked(9)).toEqual([
      'adapter.rank: 9 exceeds 8, the highest rank that BA can have for model.layers.0.self_attn.k_proj (8 × 16); the excess adds parameters only',
    ])
    expect(await ranked(8)).toEqual([])
  },
)

test('a band that fills M gets a warning with the first such weight', async () => {
  expect(await found({pattern: 'banded', diagonals: 8})).toEqual([
    'adapter.diagonals: 8 is all of M for model.layers.0.self_attn.k_proj (8 × 16), where the last diagonal is 7',
  ])
  expect(await found({pattern: 'banded', diagonals: 7})).toEqual([])
  expect(await found({pattern: 'banded', diagonals: 15, basis: 'full', targets: ['q_proj']})).toEqual([])
  expect(await found({pattern: 'banded', diagonals: 16, basis: 'full', targets: ['q_proj']})).toHaveLength(1)
})

const configs = fileURLToPath(new URL('../../configs', import.meta.url))

const file = join(openFolder(), 'fresh.yaml')
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

test('a recipe of images whose BOFT has four factors gets a warning that one trains, unless it sets fallback itself', async () => {
  expect(await told(file)).toEqual([
    'adapter.m: 4 factors are set and 1 is trained, as in PEFT without its CUDA extension ' +
      '(profile official-code, svft conflicts 9); set adapter.fallback: false to train 4, or true to confirm 1',
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
