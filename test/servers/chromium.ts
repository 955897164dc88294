import {type Browser, chromium, type Page} from 'playwright-core'

/** Debian's; another one is named by the environment. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** For whatever a page is waited for: a busy machine may take long. */
const PATIENCE_MS = 60_000

export const openBrowser = (): Promise<Browser> => chromium.launch({executablePath, timeout: PATIENCE_MS})

/** A page with what it has requested and complained of. */
export interface ObservedPage {
  readonly page: Page
  readonly requested: readonly string[]
  readonly complaints: readonly string[]
}

/** Opens a page in a light look, and waits until it has its fonts, which move what is below a text, and its figures. */
export async function openPage(browser: Browser, url: string): Promise<ObservedPage> {
  const page = await browser.newPage({colorScheme: 'light', viewport: {width: 1280, height: 900}})
  page.setDefaultTimeout(PATIENCE_MS)
  const requested: string[] = []
  const complaints: string[] = []
  page.on('request', request => !request.url().startsWith('data:') && requested.push(request.url()))
  page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', error => complaints.push(String(error)))
  await page.goto(url)
  await page.waitForSelector('html[data-drawn]')
  await page.evaluate('document.fonts.ready.then(() => {})')
  return {page, requested, complaints}
}
