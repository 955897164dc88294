import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, tinyRecipe} from '../../test/workplace.ts'
import {openBlueprint} from './blueprint.ts'
import {sizeWarnings} from './size-warnings.ts'

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  process.chdir(folder)
})

const found = async (adapter: object) => {
  const svft = {method: 'svft', pattern: 'plain', targets: ['q_proj', 'k_proj', 'down_proj'], ...adapter}
  const recipe = await tinyRecipe(folder, {adapter: svft, model: join(folder, 'model')})
  return sizeWarnings(await openBlueprint(recipe))
}

test('a rank that truncates none of the weights is told, and one that truncates some is not', async () => {
  expect(await found({rank: 500})).toEqual([
    'adapter.rank: 500 truncates nothing, no weight has more singular values; model.layers.0.self_attn.q_proj (16 × 16) has 16',
  ])
  expect(await found({rank: 16})).toHaveLength(1)
  expect(await found({rank: 15})).toEqual([])
  expect(await found({})).toEqual([])
})

test('a band that fills M is told with the first weight where it does', async () => {
  expect(await found({pattern: 'banded', diagonals: 8})).toEqual([
    'adapter.diagonals: 8 is all of M for model.layers.0.self_attn.k_proj (8 × 16), where the last diagonal is 7',
  ])
  expect(await found({pattern: 'banded', diagonals: 7})).toEqual([])
  expect(await found({pattern: 'banded', diagonals: 15, basis: 'full', targets: ['q_proj']})).toEqual([])
  expect(await found({pattern: 'banded', diagonals: 16, basis: 'full', targets: ['q_proj']})).toHaveLength(1)
})
