import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {type Browser, chromium, type Page} from 'playwright-core'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {serveFolder} from '../src/watch/folder-page.ts'
import {logLine, writeFinishedRun, writeOpenRun} from './watched-runs.ts'
import {openWorkplace, spawnSvft, tinyRecipe, writeRecipe} from './workplace.ts'

/** Debian's; another one is named by the environment. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const SOON = {timeout: 20_000}

let browser: Browser
let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  browser = await chromium.launch({executablePath})
})
afterAll(() => browser.close())

/** Opens a page, and notes what it requests and complains of. */
async function open(url: string, options: Parameters<Browser['newPage']>[0] = {}) {
  const page = await browser.newPage({colorScheme: 'light', viewport: {width: 1280, height: 900}, ...options})
  const elsewhere: string[] = []
  const complaints: string[] = []
  page.on(
    'request',
    request => !/^data:/.test(request.url()) && !request.url().startsWith(url) && elsewhere.push(request.url()),
  )
  page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', error => complaints.push(String(error)))
  await page.goto(url)
  await page.waitForSelector('html[data-drawn]')
  return {page, elsewhere, complaints}
}

const rowCount = (page: Page) => page.locator('#cells tr:visible').count()
const textsOf = async (page: Page, figure: string) =>
  (await page.locator(`${figure} svg text`).allTextContents()).filter(Boolean)

test('while a sweep runs, its page shows each cell, its curve and the Pareto figure, and then that it has ended', async () => {
  const lora = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj', 'down_proj']}
  writeRecipe(folder, {name: 'tiny/svft', train: {epochs: undefined, steps: 400}}, 'svft.yaml')
  writeRecipe(folder, {name: 'tiny/lora', adapter: lora, train: {epochs: undefined, steps: 400}}, 'lora.yaml')
  const sweep = spawnSvft(folder, ['sweep', 'svft.yaml', 'lora.yaml', '--seeds', '0-1', '--page'])
  let stderr = ''
  sweep.stderr?.on('data', text => {
    stderr += text
  })
  await expect.poll(() => stderr, SOON).toMatch(/page: \S+\n/)
  const {page, elsewhere, complaints} = await open(/page: (\S+)/.exec(stderr)![1])
  expect(await rowCount(page)).toBe(4)
  await expect.poll(() => page.locator('#counts').textContent(), SOON).toContain('running')
  await expect
    .poll(() => page.locator('tr[data-state=running] .activity').first().textContent(), SOON)
    .toMatch(/train \d+\/400/)
  await expect.poll(() => textsOf(page, '#tiny-loss'), SOON).toContain('tiny: training loss')
  const {exitCode} = await sweep
  expect(exitCode).toBe(0)
  await expect.poll(() => page.locator('#status').textContent(), SOON).toContain('It has ended')
  expect(await page.locator('#counts').textContent()).toBe('4/4 done')
  expect(await page.title()).toBe('100 %: svft sweep of 4 cells')
  expect(await textsOf(page, '#tiny-test')).toContain('tiny: test')
  const curves = new Set((await textsOf(page, '#tiny-loss')).filter(text => /^(SVFT|LoRA)/.test(text))) // drawn twice
  expect([...curves].sort()).toEqual(['LoRA r=2', 'SVFT banded d=1'])
  expect(elsewhere).toEqual([])
  expect(complaints).toEqual([])
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
  const {page, elsewhere, complaints} = await open(server.url)
  expect(await rowCount(page)).toBe(500)
  expect(await page.locator('tr[data-state=failed] .problem').textContent()).toBe('<img src=x onerror=alert(1)>')
  expect(await page.locator('img').count()).toBe(0)
  await page.getByRole('button', {name: 'failed 1'}).click()
  expect(await rowCount(page)).toBe(1)
  await page.getByRole('button', {name: 'all 500'}).click()
  await page.locator('#search').fill('TINY')
  expect(await rowCount(page)).toBe(2)
  await page.locator('#search').fill('')

  const added = writeOpenRun(runs, {...recipe, name: 'suite/mini/tiny', seed: 3}, {steps: 3})
  await expect.poll(() => rowCount(page), SOON).toBe(501)
  writeFileSync(join(added, 'metrics.jsonl'), logLine(1))

  await page.locator('#theme').click()
  await page.waitForSelector('html[data-drawn=dark]')
  expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe('rgb(22, 24, 29)')
  await page.setViewportSize({width: 360, height: 800})
  await page.waitForSelector('html[data-drawn=phone-dark]')
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
  expect(elsewhere).toEqual([])
  expect(complaints).toEqual([])

  const closing = server.close()
  await expect.poll(() => page.locator('#status').textContent(), SOON).toContain('It has ended')
  await closing
  await page.close()
})

test('a page whose server was killed shows how old it is', async () => {
  writeRecipe(folder, {name: 'tiny/slow', train: {epochs: undefined, steps: 100_000}}, 'slow.yaml')
  const sweep = spawnSvft(folder, ['sweep', 'slow.yaml', '--page'])
  let stderr = ''
  sweep.stderr?.on('data', text => {
    stderr += text
  })
  await expect.poll(() => stderr, SOON).toMatch(/page: \S+\n/)
  const {page} = await open(/page: (\S+)/.exec(stderr)![1])
  sweep.kill('SIGKILL')
  await expect
    .poll(() => page.locator('#status').textContent(), SOON)
    .toMatch(/^Not updated since \d\d:\d\d:\d\d: svft does not answer$/)
  expect(await rowCount(page)).toBe(1)
  await page.close()
})
