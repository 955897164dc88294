import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {selectRuns} from './select-runs.ts'

test('a run whose row cannot be read counts as unfinished, so that no check passes without it', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'svft-')), 'runs')
  for (const name of ['begun', 'damaged']) {
    mkdirSync(join(folder, name), {recursive: true})
    writeFileSync(join(folder, name, 'recipe.json'), JSON.stringify({name}))
  }
  writeFileSync(join(folder, 'damaged/row.json'), '{')
  const {unfinished} = await selectRuns([folder, join(folder, 'begun')], {}) // which counts once
  expect(unfinished).toEqual([
    {recipe: 'begun', message: expect.stringMatching(/begun: not finished$/)},
    {recipe: 'damaged', message: expect.stringMatching(/damaged: its row\.json cannot be read$/)},
  ])
})
