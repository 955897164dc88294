import {expect, test} from 'vitest'
import {groupBy} from '../../base/group-by.ts'
import {isSameRun, paperRows} from '../../paper/versions.ts'
import {findRecipeFiles, shippedRecipesFolder} from '../../plan/catalogue/recipe-files.ts'
import {planRun} from '../../plan/plan.ts'
import {cellsOf} from '../../recipes/file/paper-row.ts'
import {readRecipes} from '../../recipes/file/read.ts'
import {sumMemory} from '../../recipes/memory/check-memory.ts'
import {PLANNED_COST, PLANNED_RATES} from './planned-cost.ts'

test('the costs of rows that were not run are those that svft plan estimates, within 10 %', async () => {
  const read = await readRecipes(await findRecipeFiles([shippedRecipesFolder()]))
  const models = groupBy(
    paperRows('arxiv-v1').filter(({method}) => method.method === 'lora'),
    ({model}) => model,
  )
  expect([...models.keys()].sort()).toEqual(Object.keys(PLANNED_COST).sort())
  const known = new Map()
  for (const [model, rows] of models) {
    const own = read.filter(({recipe}) => rows.some(({cell}) => isSameRun(cellsOf(recipe), cell)))
    const plans = []
    for (const {recipe} of own) plans.push(await planRun(recipe, {rates: PLANNED_RATES, known}))
    const hours = plans.map(({time}) => time.seconds / 3600)
    const {hours: planned, memoryGb, downloadGb} = PLANNED_COST[model]
    const bytes = plans.map(({parts}) => parts.reduce((sum, {bytes = 0}) => sum + bytes, 0))
    for (const [written, now] of [
      [planned[0], Math.min(...hours)],
      [planned[1], Math.max(...hours)],
      [memoryGb, Math.max(...plans.map(({memory}) => sumMemory(memory) / 1e9))],
      [downloadGb, Math.max(...bytes) / 1e9],
    ])
      expect(Math.abs(written / now - 1), `${model}: ${written}, now ${now}`).toBeLessThan(0.1)
  }
})
