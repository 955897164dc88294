import {fileURLToPath, pathToFileURL} from 'node:url'
import {expect, test} from 'vitest'
import {openWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
import type {RunEvent} from '../recipes/events.ts'

/** Built, since it starts processes. */
const dist = pathToFileURL(fileURLToPath(new URL('../../dist/sweep', import.meta.url))).href

test('a cell reports its steps, however many micro-batches they have', async () => {
  const folder = await openWorkplace()
  process.chdir(folder)
  const {runCell} = (await import(/* @vite-ignore */ `${dist}/run-cell.js`)) as typeof import('./run-cell.ts')
  const recipe = await tinyRecipe(folder, {train: {steps: 60, batch: 8, microBatch: 1}})
  const types = new Set<RunEvent['type']>()
  const onEvent = ({type}: RunEvent) => types.add(type)
  await runCell(recipe, {onEvent, signal: new AbortController().signal})
  expect(types).toContain('step')
  expect(types).not.toContain('microBatch')
})
