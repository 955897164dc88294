import {mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import type {Browser, Locator, Page} from 'playwright-core'
import {afterAll, afterEach, beforeAll, beforeEach, expect, test} from 'vitest'
import {drawFigure} from '../src/report/draw/figure.ts'
import {reportPage as pageOf} from '../src/report/page/page.ts'
import {buildReport, figuresOf} from '../src/report/report.ts'
import {readResults} from '../src/results/read-results.ts'
import {type ObservedPage, openBrowser, openPage} from './servers/chromium.ts'
import {paperRows} from './support/paper-rows.ts'
import {reportSources} from './support/rows.ts'

const FIGURE = '#figure-1-gsm8k-of-gemma-2b'

let browser: Browser
let url: string
beforeAll(async () => {
  const mini = await readResults(join(import.meta.dirname, '../results/reference/vision-mini.csv'))
  const rows = [...paperRows([0, 1, 2], {points: true}), ...mini]
  const steps = Array.from({length: 100}, (_, step) => 2 - step / 60)
  const losses = mini.map(row => ({row, losses: steps}))
  const report = buildReport({...reportSources(rows), losses})
  const file = join(mkdtempSync(join(tmpdir(), 'svft-')), 'report.html')
  writeFileSync(file, await pageOf(report, figuresOf(report).map(drawFigure)))
  url = pathToFileURL(file).href
  browser = await openBrowser()
})
afterAll(() => browser.close())

let observed: ObservedPage
let page: Page
beforeEach(async () => {
  observed = await openPage(browser, url)
  page = observed.page
})

/** Whatever a test does, the page asks nobody for anything and has nothing to complain of. */
afterEach(async () => {
  await page.close()
  expect(observed.requested).toEqual([url])
  expect(observed.complaints).toEqual([])
})

const texts = async (figure: Locator) => (await figure.locator('.plot svg text').allTextContents()).filter(Boolean)

test('every figure is drawn, and every table of the paper that was run is there', async () => {
  const figures = page.locator('figure')
  expect(await figures.count()).toBe(8)
  for (const figure of await figures.all()) expect((await texts(figure)).length).toBeGreaterThan(10)
  const captions = await page.locator('h3').allTextContents()
  for (const number of [1, 2, 3, 4, 5, 6, 8, 9, 10]) {
    expect(captions.filter(one => one.startsWith(`Table ${number}.`))).toHaveLength(1)
  }
})

test('the page has a title, says where its rows come from and how to read them, and its contents lead to every section', async () => {
  const title = await page.locator('h1').textContent()
  expect(title).toMatch(/^Fine-tuning results: \d+ suites$/)
  expect(await page.title()).toBe(title)
  expect(await page.locator('dt').allTextContents()).toEqual(['Runs', 'Finished', 'Software', 'Machine'])
  expect(await page.locator('#how-to-read p').count()).toBe(5)
  const links = await page.locator('nav a').evaluateAll(all => all.map(link => link.getAttribute('href')))
  const sections = await page.locator('section').evaluateAll(all => all.map(({id}) => `#${id}`))
  expect(links).toEqual(sections)
  expect(new Set(links).size).toBe(links.length)
  await page.locator('nav a').last().click()
  expect(await page.locator('section').last().locator('h2').isVisible()).toBe(true)
})

test.each([1280, 1600, 800, 360])('all panels are of one size in a window of %d pixels', async width => {
  await page.setViewportSize({width, height: 900})
  await page.waitForSelector(`html[data-drawn=${width > 600 ? 'light' : 'phone'}]`)
  const boxes = await page.locator('.plot svg').evaluateAll(all => all.map(one => one.getBoundingClientRect().toJSON()))
  const sizes = boxes.map(({width, height}) => `${Math.round(width)} × ${Math.round(height)}`)
  expect(new Set(sizes).size, sizes.join()).toBe(1)
  if (width > 800) expect(boxes[0].width).toBeGreaterThan(690) // smaller ones have words too small to read
})

test('a pointer over a mark shows a tooltip, and away from it none', async () => {
  const tip = page.locator('#tip')
  await expect.poll(() => tip.isHidden()).toBe(true)
  const at = await markOf(FIGURE, 'LoRA r=32')
  await page.mouse.move(at.x, at.y)
  await expect.poll(() => tip.isVisible()).toBe(true)
  expect(await tip.textContent()).toMatch(/^LoRA r=32\n4\d\.\d ± \d\.\d \[.*\]\n26,200,000 trained\n3 seeds$/)
  await page.mouse.move(at.x, at.y - 200)
  await expect.poll(() => tip.isHidden()).toBe(true)
})

test('a method that is unchecked leaves its figure, and comes back', async () => {
  const [first, other] = [page.locator(FIGURE), page.locator('#figure-1-commonsense-of-gemma-2b')]
  const count = async (figure: Locator) => (await texts(figure)).filter(text => text.startsWith('SVFT')).length
  const [before, elsewhere] = [await count(first), await count(other)]
  expect(before).toBeGreaterThan(4)
  await first.getByLabel('SVFT').uncheck()
  await expect.poll(() => count(first)).toBe(0)
  expect((await texts(first)).some(text => text.startsWith('LoRA'))).toBe(true)
  expect(await count(other)).toBe(elsewhere)
  await page.locator('#theme').click()
  await page.waitForSelector('html[data-drawn=dark]')
  expect(await count(first)).toBe(0)
  await first.getByLabel('SVFT').check()
  await expect.poll(() => count(first)).toBe(before)
})

test('the frontier of all methods is hidden while one is', async () => {
  const figure = page.locator('#figure-1-commonsense-of-gemma-2b')
  const opacity = () => figure.locator('.mark-line path').first().getAttribute('stroke-opacity')
  expect(await opacity()).toBe('0.55')
  await figure.getByLabel('LoRA').uncheck()
  await expect.poll(opacity).toBe('0')
  await figure.getByLabel('LoRA').check()
  await expect.poll(opacity).toBe('0.55')
})

test('full fine-tuning is named where it can be hidden', async () => {
  expect(await page.getByLabel('Full', {exact: true}).count()).toBeGreaterThan(0)
})

test('without JavaScript, the page names the files of its figures, and has no buttons', async () => {
  const still = await browser.newPage({javaScriptEnabled: false})
  await still.goto(url)
  const links = await still.getByRole('link', {name: /^figures\/.*\.svg$/}).allTextContents()
  expect(links).toHaveLength(await page.locator('figure').count())
  expect(links).toContain(`figures/${FIGURE.slice(1)}.svg`)
  expect(await still.locator('button:visible, input:visible').count()).toBe(0)
  await still.close()
})

test('the page has its own font for headings, too', async () => {
  const faces = '[...document.fonts].map(face => [face.family, face.weight, face.status].join(" "))'
  expect(await page.evaluate(faces)).toEqual(['Inter 400 loaded', 'Inter 600 loaded'])
})

test('light and dark follow the system, and the button', async () => {
  const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  expect(await ground()).toBe('rgb(255, 255, 255)')
  await page.emulateMedia({colorScheme: 'dark'})
  await page.waitForSelector('html[data-drawn=dark]')
  expect(await ground()).toBe('rgb(22, 24, 29)')
  await page.locator('#theme').click()
  await page.waitForSelector('html[data-drawn=light]')
  expect(await ground()).toBe('rgb(255, 255, 255)')
})

test.each(['light', 'phone'])('no text of any figure lies on another one or leaves its picture: %s', async look => {
  if (look === 'phone') await narrow()
  for (const figure of await page.locator('figure').all()) {
    const title = await figure.getAttribute('id')
    const picture = sides((await figure.locator('svg').boundingBox())!)
    const boxes = await textBoxes(figure)
    for (const [i, a] of boxes.entries()) {
      const isInside = a.left >= picture.left && a.right <= picture.right && a.bottom <= picture.bottom
      expect(isInside, `${title}: ${a.text}`).toBe(true)
      for (const b of boxes.slice(i + 1)) {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left)
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
        expect(wide > 1 && high > 2, `${title}: ${a.text} and ${b.text}`).toBe(false) // a line box is higher than its letters
      }
    }
  }
})

test('nothing but the tables is wider than a phone, those scroll, and words in figures are large enough to read', async () => {
  await narrow()
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE)
  const sizes = await page.locator('.plot svg').evaluateAll(all =>
    all.flatMap(svg => {
      const scale = svg.getBoundingClientRect().width / Number(svg.getAttribute('width'))
      return [...svg.querySelectorAll('text')].map(
        text => scale * Number.parseFloat(text.getAttribute('font-size') ?? ''),
      )
    }),
  )
  expect(Math.min(...sizes)).toBeGreaterThan(9)
})

test('in print nothing is cut or dark: tables and figures fit on the paper', async () => {
  await page.locator('#theme').click()
  await page.waitForSelector('html[data-drawn=dark]')
  await page.emulateMedia({media: 'print'})
  await page.setViewportSize({width: PAPER, height: 1030})
  await page.evaluate('dispatchEvent(new Event("beforeprint"))')
  await page.waitForSelector('html[data-drawn=phone]')
  expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)')
  const firstCells = '[...document.querySelectorAll("th:first-child, td:first-child")]'
  const positions = await page.evaluate<string[]>(`${firstCells}.map(one => getComputedStyle(one).position)`)
  expect(new Set(positions)).toEqual(new Set(['static'])) // sticky cells would cover the border of the head
  const rights = await page
    .locator('table, .plot svg, p, h1, h2, h3, dd')
    .evaluateAll(all => all.map(one => [one.id || one.tagName, one.getBoundingClientRect().right] as const))
  expect(rights.filter(([, right]) => right > PAPER)).toEqual([])
  const words = (await page.locator('.plot svg text').allTextContents()).join()
  expect(words).toContain('95 % confidence intervals')
  expect(words).not.toContain('…')
  await page.evaluate('dispatchEvent(new Event("afterprint"))')
  await page.waitForSelector('html[data-drawn=dark]')
})

const PHONE = 360
/** A4 without its margins. */
const PAPER = 703

async function narrow(): Promise<void> {
  await page.setViewportSize({width: PHONE, height: 800})
  await page.waitForSelector('html[data-drawn=phone]')
}

interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const sides = ({x, y, width, height}: Rectangle) => ({left: x, right: x + width, top: y, bottom: y + height})

/** Where a figure's texts are; each once, though those of marks are drawn twice, first their ground. */
async function textBoxes(figure: Locator) {
  const all: (Rectangle & {readonly text: string})[] = await figure
    .locator('.plot svg text')
    .evaluateAll(texts => texts.map(one => ({text: one.textContent ?? '', ...one.getBoundingClientRect().toJSON()})))
  const shown = all.filter(({text, width}) => text && width > 0)
  const found = new Map(shown.map(({text, ...box}) => [`${text} ${box.x} ${box.y}`, {text, ...sides(box)}]))
  return [...found.values()]
}

/** The middle of the mark with this label, scrolled to. */
async function markOf(figure: string, label: string): Promise<{readonly x: number; readonly y: number}> {
  const specs = JSON.parse((await page.locator('#specs').textContent())!)
  const {width, padding, data} = specs[figure.slice(1)].light
  const points: {label: string; x: number; y: number}[] = data[0].values
  const {x, y} = points.find(one => one.label === label)!
  const plot = page.locator(`${figure} .plot svg`)
  await plot.scrollIntoViewIfNeeded()
  const box = (await plot.boundingBox())!
  const scale = box.width / (width + padding.left + padding.right)
  return {x: box.x + scale * (padding.left + x), y: box.y + scale * (padding.top + y)}
}
