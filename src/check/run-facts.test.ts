import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {EXAMPLE_ENVIRONMENT, exampleRow} from '../../test/support/rows.ts'
import {openWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
import {saveState} from '../train/saved-states.ts'
import type {ComputeEnvironment} from './environment.ts'
import {readRunFacts} from './run-facts.ts'

test('a run’s trained state is that of its last step, and sessions in other environments are named', async () => {
  const folder = await openWorkplace()
  const run = join(folder, 'runs/tiny')
  mkdirSync(run, {recursive: true})
  writeFileSync(join(run, 'recipe.json'), JSON.stringify(await tinyRecipe(folder)))
  const environment = EXAMPLE_ENVIRONMENT
  const writeSessions = (...earlier: readonly ComputeEnvironment[]) =>
    writeFileSync(join(run, 'environment.json'), JSON.stringify({...environment, earlier}))
  writeSessions(environment)
  const [theta, losses] = [Float32Array.of(1, 2), [3, 2]]
  const state = {step: 2, theta, m: theta, v: theta, losses, gradNorms: losses, tokens: 8, seconds: 1}
  await saveState(join(run, 'checkpoints'), state, {recipe: 'r', threads: 1, frozen: 'f', versions: {}})

  const whole = await readRunFacts(run, exampleRow({steps: 2}))
  expect(whole).toMatchObject({environment, mixed: undefined, trained: {losses, frozenHash: 'f'}})
  expect((await readRunFacts(run, exampleRow({steps: 3}))).trained).toBeUndefined()
  writeSessions({...environment, threads: 2}, environment)
  expect((await readRunFacts(run, exampleRow({steps: 2}))).mixed).toBe('its sessions differ: threads 1, not 2')
})
