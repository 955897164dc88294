import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Browser, Page} from 'playwright-core'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {serveFolder} from '../src/watch/folder-page.ts'
import {type ObservedPage, openBrowser, openPage} from './servers/chromium.ts'
import {logLine, writeFinishedRun, writeOpenRun} from './support/watched-runs.ts'
import {openWorkplace, spawnSvft, tinyRecipe, writeRecipe} from './support/workplace.ts'

let browser: Browser
let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  browser = await openBrowser()
})
afterAll(() => browser.close())

/** Starts a sweep, and opens its page as soon as it prints the address. */
async function startSweep(...args: readonly string[]) {
  const sweep = spawnSvft(folder, ['sweep', ...args, '--page'])
  let stderr = ''
  sweep.stderr?.on('data', text => {
    stderr += text
  })
  await expect.poll(() => stderr).toMatch(ADDRESS)
  const [, url = ''] = ADDRESS.exec(stderr) ?? []
  return {sweep, url, observed: await openPage(browser, url)}
}

const ADDRESS = /page: (\S+)\n/

/** The page has asked nobody else for anything and has nothing to complain of. */
function expectQuiet({requested, complaints}: ObservedPage, url: string): void {
  expect(requested.filter(one => !one.startsWith(url))).toEqual([])
  expect(complaints).toEqual([])
}

const rowCount = (page: Page) => page.locator('#cells tr:visible').count()
const textsOf = async (page: Page, figure: string) =>
  (await page.locator(`${figure} svg text`).allTextContents()).filter(Boolean)

test('while a sweep runs, its page shows each cell, its curve and the Pareto figure, and then that it has ended', async () => {
  const lora = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj', 'down_proj']}
  const train = {epochs: undefined, steps: 3000} // takes several refreshes of the page
  writeRecipe(folder, {name: 'tiny/svft', train}, 'svft.yaml')
  writeRecipe(folder, {name: 'tiny/lora', adapter: lora, train}, 'lora.yaml')
  const {sweep, url, observed} = await startSweep('svft.yaml', 'lora.yaml', '--seeds', '0-1')
  const {page} = observed
  expect(await rowCount(page)).toBe(4)
  expect(await page.locator('th.problem').isVisible()).toBe(false) // no cell has one
  const activities = () => page.locator('tr[data-state=running] .activity').allTextContents() // waits for no row
  await expect.poll(async () => (await activities()).join()).toMatch(/train \d+\/3000/)
  await expect.poll(() => page.locator('#counts').textContent()).toContain('running')
  await expect.poll(() => textsOf(page, '#tiny-loss')).toContain('tiny: training loss')
  const {exitCode} = await sweep
  expect(exitCode).toBe(0)
  await expect.poll(() => page.locator('#status').textContent()).toContain('svft has ended')
  expect(await page.locator('#counts').textContent()).toBe('4/4 done')
  expect(await page.title()).toBe('100 %: svft sweep of 4 cells')
  expect(await textsOf(page, '#tiny-test')).toContain('tiny: test')
  const curves = new Set((await textsOf(page, '#tiny-loss')).filter(text => /^(SVFT|LoRA)/.test(text))) // drawn twice
  expect([...curves].sort()).toEqual(['LoRA r=2', 'SVFT banded d=1'])
  expectQuiet(observed, url)
  await page.close()
})

test('500 runs stay usable: they are filtered by state and name, texts are no markup, and a server that is gone is noticed', async () => {
  const runs = join(folder, 'many')
  for (let i = 0; i < 498; i++) await writeFinishedRun(runs, i)
  const recipe = await tinyRecipe(folder)
  const failed = writeOpenRun(runs, {...recipe, name: 'suite/mini/tiny', seed: 1}, {steps: 3})
  writeFileSync(join(failed, 'failed.json'), JSON.stringify({kind: 'failed', message: '<img src=x onerror=alert(1)>'}))
  const stopped = writeOpenRun(runs, {...recipe, name: 'suite/mini/tiny', seed: 2}, {steps: 3})
  mkdirSync(join(stopped, 'checkpoints/step-000003'), {recursive: true})
  const server = await serveFolder(runs, {port: undefined})
  const observed = await openPage(browser, server.url)
  const {page} = observed
  expect(await rowCount(page)).toBe(500)
  expect(await page.locator('th.problem').isVisible()).toBe(true)
  expect(await page.locator('tr[data-state=failed] .problem').textContent()).toBe('<img src=x onerror=alert(1)>')
  expect(await page.locator('img').count()).toBe(0)
  await page.getByRole('button', {name: 'failed 1'}).click()
  expect(await rowCount(page)).toBe(1)
  await page.getByRole('button', {name: 'all 500'}).click()
  await page.locator('#search').fill('TINY')
  expect(await rowCount(page)).toBe(2)
  await page.locator('#search').fill('')

  const added = writeOpenRun(runs, {...recipe, name: 'suite/mini/tiny', seed: 3}, {steps: 3})
  await expect.poll(() => rowCount(page)).toBe(501)
  writeFileSync(join(added, 'metrics.jsonl'), logLine(1))

  await page.locator('#theme').click()
  await page.waitForSelector('html[data-drawn=dark]')
  expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe('rgb(22, 24, 29)')
  await page.setViewportSize({width: 360, height: 800})
  await page.waitForSelector('html[data-drawn=phone-dark]')
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
  const closing = server.close()
  await expect.poll(() => page.locator('#status').textContent()).toContain('svft has ended')
  await closing
  expectQuiet(observed, server.url)
  await page.close()
})

test('a page whose server was killed shows how old it is', async () => {
  writeRecipe(folder, {name: 'tiny/slow', train: {epochs: undefined, steps: 100_000}}, 'slow.yaml')
  const {sweep, observed} = await startSweep('slow.yaml')
  const {page} = observed
  sweep.kill('SIGKILL')
  await expect
    .poll(() => page.locator('#status').textContent())
    .toMatch(/^Not updated since \d\d:\d\d:\d\d: svft does not respond$/)
  expect(await rowCount(page)).toBe(1)
  await page.close()
})
