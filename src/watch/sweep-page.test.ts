import {setTimeout} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {relativeCost} from '../../test/support/processor-time.ts'
import {closePage, writeFinishedRun} from '../../test/support/watched-runs.ts'
import {openWorkplace, writeRecipe} from '../../test/support/workplace.ts'
import {readRecipe} from '../recipes/file/read.ts'
import {runFolderAt} from '../recipes/run-folder.ts'
import {readRow} from '../results/results-file.ts'
import type {CellRun} from '../sweep/cell-report.ts'
import {LiveProgress} from '../sweep/live-progress.ts'
import {serveSweep} from './sweep-page.ts'

const COUNT = 500

/** The cells of a sweep, each with a recipe of its own, and their progress. */
async function openSweep() {
  const read = await readRecipe(writeRecipe(await openWorkplace()))
  const runs: CellRun[] = Array.from({length: COUNT}, (_, i) => {
    const recipe = {...read.recipe, name: `suite/mini/svft-${i}`, seed: 0}
    return {cell: {label: `${recipe.name} seed=0`, file: '', set: [], ...read, recipe}, status: {state: 'pending'}}
  })
  const shares = new Map(runs.map(({cell}) => [cell.label, 1]))
  return {runs, progress: new LiveProgress({shares, planned: 1000})}
}

test('a refresh of a sweep of 500 recipes takes little of the processor, also when another has just finished', async () => {
  const folder = openFolder()
  const {runs, progress} = await openSweep()
  /** Finishes a run that is the last one and the best one so far, so that all figures change. */
  const finish = async (i: number) => {
    const path = await writeFinishedRun(folder, i, {seeds: 1})
    const scores = {test: {score: 0.3 + i / 1000, n: 1000}, other: {score: 0.2 + i / 1000, n: 500}}
    const row = {...(await readRow(path))!, scores, finished: new Date(Date.UTC(2026, 10, 24, 0, i)).toISOString()}
    progress.apply({type: 'state', label: runs[i].cell.label, report: {state: 'done', folder: path, row}})
  }
  for (let i = 0; i < COUNT - 13; i++) await finish(i)
  const step = {step: 5, steps: 10, loss: 0.25, lr: 1e-3, tokens: 8, seconds: 1, gradNorm: 1}
  const {label} = runs[COUNT - 1].cell
  progress.apply({type: 'state', label, report: {state: 'running', folder: runFolderAt(folder).path}})
  progress.apply({type: 'run', label, event: {type: 'step', report: step}})
  const page = await serveSweep({port: undefined, runs, progress})
  const refresh = async () => {
    const shown = JSON.parse(await (await fetch(`${page.url}state.json?look=light`)).text())
    expect(shown.cells).toHaveLength(COUNT)
    expect(shown.cells[0]).toMatchObject({label, state: 'running', activity: 'train 5/10  loss 0.2500', fraction: 0.45})
    expect(shown.figures.map(({title}: {title: string}) => title)).toContain('suite/mini: test')
  }
  const pause = async (i: number) => {
    await finish(COUNT - 13 + i)
    await setTimeout(1050)
  }
  expect(await relativeCost(refresh, {calls: 12, pause})).toBeLessThan(6) // it is about 2.5
  await closePage(page)
})
