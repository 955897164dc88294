import {setTimeout} from 'node:timers/promises'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {expect, test} from 'vitest'
import {childrenOf} from '../../test/support/kills.ts'
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

test.runIf(process.platform === 'linux')(
  'a worker that a signal to all processes kills before it can handle it has stopped, not died',
  async () => {
    const folder = await openWorkplace()
    const {runCell} = (await import(/* @vite-ignore */ `${dist}/run-cell.js`)) as typeof import('./run-cell.ts')
    const stop = new AbortController()
    const before = childrenOf(process.pid)
    const ending = runCell(await tinyRecipe(folder), {onEvent: () => {}, signal: stop.signal})
    const worker = () => childrenOf(process.pid).find(pid => !before.includes(pid))
    while (!worker()) await setTimeout(5)
    stop.abort()
    process.kill(Number(worker()), 'SIGINT')
    expect(await ending).toMatchObject({type: 'stopped'})
  },
)
