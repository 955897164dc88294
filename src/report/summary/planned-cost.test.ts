import {dirname} from 'node:path'
import {expect, test} from 'vitest'
import {groupBy} from '../../base/collections.ts'
import {isSameRun, paperRows} from '../../paper/versions.ts'
import {findRecipeFiles} from '../../plan/catalogue/recipe-files.ts'
import {planRun} from '../../plan/plan.ts'
import {cellsOf} from '../../recipes/file/paper-row.ts'
import {readRecipes} from '../../recipes/file/read.ts'
import {shippedRecipesFolder} from '../../recipes/file/shipped-recipes.ts'
import {sumMemory} from '../../recipes/memory/check-memory.ts'
import {PLANNED_COST, PLANNED_RATES} from './planned-cost.ts'

test('the costs of rows that were not run are those that svft plan estimates, within 10 %', async () => {
  const cells = paperRows('arxiv-v1').filter(({method}) => method.method === 'lora')
  const read = await readRecipes(await findRecipeFiles([shippedRecipesFolder()]))
  const lora = read.flatMap(({recipe}) => {
    const row = cells.find(({cell}) => isSameRun(cellsOf(recipe), cell))
    return row ? [{recipe, model: row.model}] : []
  })
  const largest = new Map(lora.map(one => [dirname(one.recipe.name), one])) // of each data set: the last by name has the largest rank
  const known = new Map()
  const planned = []
  for (const {recipe, model} of largest.values())
    planned.push({model, plan: await planRun(recipe, {rates: PLANNED_RATES, known})})
  expect(new Set(planned.map(({model}) => model))).toEqual(new Set(Object.keys(PLANNED_COST)))
  for (const [model, own] of groupBy(planned, ({model}) => model)) {
    const hours = own.map(({plan}) => plan.time.seconds / 3600)
    const memory = own.map(({plan}) => sumMemory(plan.memory) / 1e9)
    const downloads = own.map(({plan}) => plan.parts.reduce((sum, {bytes = 0}) => sum + bytes, 0) / 1e9)
    const cost = PLANNED_COST[model]
    const now = [Math.min(...hours), Math.max(...hours), Math.max(...memory), Math.max(...downloads)]
    for (const [i, written] of [...cost.hours, cost.memoryGb, cost.downloadGb].entries())
      expect(Math.abs(written / now[i] - 1), `${model}: ${written}, now ${now[i]}`).toBeLessThan(0.1)
  }
})
