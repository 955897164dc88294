import {setTimeout} from 'node:timers/promises'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {expect, test} from 'vitest'
import {childrenOf} from '../../test/support/kills.ts'
import {openWorkplace, writeRecipe} from '../../test/support/workplace.ts'
import {readCells} from './cells.ts'

/** Built, since it starts processes. */
const dist = pathToFileURL(fileURLToPath(new URL('../../dist/sweep', import.meta.url))).href

test.runIf(process.platform === 'linux')('a sweep with more than ten workers causes no warning of Node', async () => {
  process.chdir(await openWorkplace())
  writeRecipe('.')
  const {openCells, sweep} = (await import(/* @vite-ignore */ `${dist}/sweep.js`)) as typeof import('./sweep.ts')
  const runs = await openCells(await readCells({paths: ['tiny.yaml'], seeds: '0-10'}))
  const stop = new AbortController()
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  const before = childrenOf(process.pid).length
  const ending = sweep(runs, {workers: 11, failFast: false, onEvent: () => {}, signal: stop.signal})
  while (childrenOf(process.pid).length < before + 11) await setTimeout(5)
  stop.abort()
  await ending
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})
