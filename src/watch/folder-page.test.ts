import {appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {relativeCost} from '../../test/support/processor-time.ts'
import {closePage, logLine, writeFinishedRun, writeOpenRun} from '../../test/support/watched-runs.ts'
import {openWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
import {withLock} from '../base/lock.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {serveFolder} from './folder-page.ts'
import type {PageServer} from './page-server.ts'

let folder: string
let recipe: Recipe
let runs: string
let server: PageServer
let running: string
let release = () => {}
beforeAll(async () => {
  folder = await openWorkplace()
  recipe = {...(await tinyRecipe(folder)), name: 'suite/mini/tiny'}
  runs = join(folder, 'runs')
  mkdirSync(runs)
  for (const i of [0, 1, 20, 21]) await writeFinishedRun(runs, i)
  running = writeOpenRun(runs, recipe, {steps: 10})
  await lock(running)
  const failed = writeOpenRun(runs, {...recipe, seed: 1}, {steps: 3})
  writeFileSync(join(failed, 'failed.json'), JSON.stringify({kind: 'failed', message: '<b>step 4</b>\u001b[2J'}))
  mkdirSync(join(runs, 'damaged-0000000a-s0'))
  server = await serveFolder(runs, {port: undefined})
})
afterAll(async () => {
  release()
  await server.close()
})

const lock = (path: string) =>
  new Promise<void>(resolve => {
    void withLock(path, () => {
      resolve()
      return new Promise<void>(end => {
        release = end
      })
    })
  })

/** The state as a browser gets it. */
interface ShownState {
  readonly counts: string
  readonly eta: string
  readonly cells: readonly {readonly label: string; readonly state: string}[]
  readonly figures: readonly ShownFigure[]
}

interface ShownFigure {
  readonly title: string
  readonly version: number
  readonly spec: {readonly background: string; readonly data: readonly {readonly values: readonly {label: string}[]}[]}
}

async function state(look = 'light'): Promise<ShownState> {
  const response = await fetch(`${server.url}state.json?look=${look}`)
  return (await response.json()) as ShownState
}

/** The state after the time for which browsers share one. */
async function newState() {
  await setTimeout(1050)
  return state()
}

const find = ({cells}: ShownState, text: string) => cells.find(({label}) => label.includes(text))

test('runs are shown with their states and progress, running ones first, damaged ones too', async () => {
  const shown = await state()
  expect(shown).toMatchObject({ended: false, notice: '', counts: '4/7 done, 1 running, 1 failed, 1 unreadable'})
  expect(shown.cells.map(({state}) => state).slice(0, 3)).toEqual(['running', 'failed', 'unreadable'])
  expect(find(shown, 'abcd-s42')).toMatchObject({activity: 'train 10/100  loss 2.0000', fraction: 0.1})
  expect(shown.eta).toBe('about 3m00s left')
  expect(find(shown, '0000000a')).toMatchObject({state: 'unreadable'})
  expect(find(shown, 'svft-0')).toMatchObject({activity: 'in 1m00s', score: 'test 40.0, other 20.0'})
  expect(find(shown, 'abcd-s1')).toMatchObject({problem: '<b>step 4</b>\\u001b[2J'})
})

test('the figures are the losses of running and finished runs, and the Pareto figures, in the look that is asked for', async () => {
  const titles = ['suite/mini: training loss', 'suite/mini: other', 'suite/mini: test']
  const {figures} = await state('dark')
  expect(figures.map(({title}) => title)).toEqual(titles)
  expect(figures[0].spec.background).toBe('#16181d')
  const labels = figures[0].spec.data[1].values.map(({label}) => label)
  expect(labels).toEqual(['tiny seed=42', 'LoRA r=1', 'SVFT r=0'])
  expect((await state('nonsense')).figures[0].spec.background).toBe('#ffffff')
})

test('a log is followed while it grows, and read anew if the run was resumed; half a line is left out', async () => {
  appendFileSync(join(running, 'metrics.jsonl'), logLine(11) + logLine(12) + logLine(13).slice(0, 20))
  expect(find(await newState(), 'abcd-s42')).toMatchObject({fraction: 0.12})
  appendFileSync(join(running, 'metrics.jsonl'), logLine(13).slice(20))
  expect(find(await newState(), 'abcd-s42')).toMatchObject({fraction: 0.13})
  writeFileSync(join(running, 'metrics.jsonl'), Array.from({length: 7}, (_, i) => logLine(i + 1)).join(''))
  expect(find(await newState(), 'abcd-s42')).toMatchObject({fraction: 0.07})
  rmSync(join(running, 'metrics.jsonl'))
  expect(find(await newState(), 'abcd-s42')).toMatchObject({activity: 'starting', fraction: 0})
})

test('a run that ends, one that is new and one that vanishes are noticed, and so is a folder that comes and goes', async () => {
  const before = await state()
  const finished = await writeFinishedRun(runs, 41)
  const next = await newState()
  expect(next.counts).toMatch(/^5\/8 done/)
  const versions = ({figures}: ShownState) => figures.map(({version}) => version)
  for (const [i, version] of versions(next).entries()) expect(version).not.toBe(versions(before)[i])
  expect(versions(await newState())).toEqual(versions(next))
  rmSync(finished, {recursive: true})
  expect((await newState()).counts).toMatch(/^4\/7 done/)

  renameSync(runs, `${runs}-away`)
  expect(await newState()).toMatchObject({cells: [], notice: expect.stringMatching(/runs: no such file or folder$/)})
  mkdirSync(runs)
  expect(await newState()).toMatchObject({cells: [], notice: expect.stringMatching(/runs: no runs yet$/)})
  rmSync(runs, {recursive: true})
  renameSync(`${runs}-away`, runs)
  expect((await newState()).counts).toMatch(/^4\/7 done/)
})

test('copies of a run in several folders are runs of their own', async () => {
  const copies = join(folder, 'copies')
  for (const machine of ['one', 'two']) await writeFinishedRun(join(copies, machine), 0)
  await writeFinishedRun(copies, 1)
  const page = await serveFolder(copies, {port: undefined})
  try {
    const shown = (await (await fetch(`${page.url}state.json?look=light`)).json()) as ShownState
    expect(shown.cells.map(({label}) => label)).toEqual([
      'one/suite-mini-svft-0-00000000-s0',
      'suite-mini-svft-0-00000001-s1',
      'two/suite-mini-svft-0-00000000-s0',
    ])
  } finally {
    await closePage(page)
  }
})

test('the page itself comes from the server, and names nothing of anywhere else', async () => {
  const html = await (await fetch(server.url)).text()
  expect(html).toMatch(/^<!doctype html>\n<html lang="en">/)
  expect(html).not.toMatch(/https?:/)
  expect(html).toContain('<noscript>')
  expect([...html.matchAll(/src="([^"]*)"/g)].map(([, src]) => src)).toEqual(['vega.js', 'page.js'])
  for (const name of ['vega.js', 'page.js']) {
    const response = await fetch(server.url + name)
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  }
})

test('a refresh with 500 runs takes little of the processor', async () => {
  const many = join(folder, 'many')
  for (let i = 0; i < 496; i++) await writeFinishedRun(many, i)
  for (let seed = 0; seed < 4; seed++) await lock(writeOpenRun(many, {...recipe, seed}, {steps: 60}))
  const page = await serveFolder(many, {port: undefined})
  try {
    const refresh = async () => {
      const response = await fetch(`${page.url}state.json?look=light`)
      expect(JSON.parse(await response.text()).cells).toHaveLength(500)
    }
    await refresh() // reads all folders
    await setTimeout(1050)
    expect(await relativeCost(refresh, {calls: 10, pause: () => setTimeout(1050)})).toBeLessThan(6) // it is about 2.5; to read all folders anew is above 50
  } finally {
    await closePage(page)
  }
})
