import {cpSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, svft, writeRecipe} from '../../test/workplace.ts'

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  writeRecipe(folder)
  writeRecipe(folder, {model: 'nowhere'}, 'lost.yaml')
})

test('one recipe is planned in full, as by a dry run', async () => {
  const [plan, dry] = await Promise.all([
    svft(folder, ['plan', 'tiny.yaml', '--json']),
    svft(folder, ['run', 'tiny.yaml', '--dry-run', '--json']),
  ])
  expect(plan.exitCode).toBe(0)
  const [planned, ran] = [plan, dry].map(({stdout}) => JSON.parse(String(stdout)).result)
  expect(planned).toMatchObject({recipe: 'tiny', params: 94, time: {train: {steps: 4}}})
  expect({...ran, time: 0, rates: 0}).toEqual({...planned, time: 0, rates: 0})
})

test('several recipes are one line each, and one that cannot be planned does not stop the others', async () => {
  cpSync(join(folder, 'lost.yaml'), join(folder, 'lost-as-well.yaml'))
  const {stdout, stderr, exitCode} = await svft(folder, ['plan', 'tiny.yaml', 'lost.yaml', 'lost-as-well.yaml'])
  expect(stdout).toMatch(/^recipe +trainable +memory +to fetch +time\ntiny +94 /)
  expect(stderr).toMatch(/^warning: lost\.yaml: lost\.yaml:1:\d+: .*nowhere: no such file or folder/)
  expect(exitCode).toBe(0)
})

test('no recipe, or recipes together with --all, is a usage error', async () => {
  const found = await Promise.all([svft(folder, ['plan']), svft(folder, ['plan', 'tiny.yaml', '--all'])])
  for (const {exitCode, stderr} of found) {
    expect([exitCode, stderr]).toEqual([2, 'give recipe files or folders, or --all'])
  }
})
