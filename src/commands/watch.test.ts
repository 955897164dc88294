import {readdirSync, rmSync} from 'node:fs'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {beforeAll, expect, test} from 'vitest'
import {enterWorkplace, spawnSvft, svft, tinyRecipe, writeRecipe} from '../../test/support/workplace.ts'
import {run} from '../recipes/run.ts'

let folder: string
beforeAll(async () => {
  folder = await enterWorkplace()
  await run(await tinyRecipe(folder))
  writeRecipe(folder, {name: 'tiny/svft'}, 'svft.yaml')
})

/** Starts a command that serves a page; resolves with the page's address when it is printed. */
async function start(args: readonly string[]) {
  const child = spawnSvft(folder, args)
  let stderr = ''
  child.stderr?.on('data', text => {
    stderr += text
  })
  const exit = new Promise<number | null>(resolve => child.once('exit', resolve))
  let ended = false
  void exit.then(() => {
    ended = true
  })
  const address = () => /page: (\S+)\n/.exec(stderr)?.[1]
  while (!address() && !ended) await setTimeout(10)
  return {child, url: address() ?? '', exit, stderr: () => stderr}
}

const stateAt = async (url: string) => (await fetch(`${url}state.json?look=light`)).json() as Promise<Shown>

interface Shown {
  readonly ended: boolean
  readonly counts: string
  readonly cells: readonly {readonly label: string; readonly state: string; readonly score: string}[]
}

test('a folder of runs is watched until Ctrl-C, and nothing is written', async () => {
  const before = readdirSync(folder, {recursive: true})
  const {child, url, exit, stderr} = await start(['watch'])
  const {cells, ended} = await stateAt(url)
  expect(cells).toMatchObject([
    {label: expect.stringMatching(/^tiny-[0-9a-f]{8}-s42$/), state: 'done', score: 'test 0.0'},
  ])
  expect(ended).toBe(false)
  child.kill('SIGINT')
  while (!(await stateAt(url)).ended) await setTimeout(10) // as an open browser does, for which the command waits
  expect(await exit).toBe(0)
  expect(stderr()).toBe(`page: ${url}\nopen it in a browser on this machine; Ctrl-C ends it\n`)
  expect(readdirSync(folder, {recursive: true})).toEqual(before)
  await expect(fetch(url)).rejects.toThrow()
})

test('a folder that does not exist, a file, a port in use and a port without a page are clear mistakes', async () => {
  expect(await svft(folder, ['watch', 'none'])).toMatchObject({
    exitCode: 74,
    stderr: 'none: no such file or folder',
  })
  expect(await svft(folder, ['watch', 'svft.yaml'])).toMatchObject({
    exitCode: 74,
    stderr: 'svft.yaml: a file, not a folder',
  })
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => taken.once('listening', resolve))
  const port = String((taken.address() as AddressInfo).port)
  for (const command of [
    ['watch', '--port', port],
    ['sweep', 'svft.yaml', '--page', '--port', port],
  ]) {
    const {exitCode, stderr} = await svft(folder, command)
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining(`--port ${port}: in use by another program; choose`),
    ])
  }
  taken.close()
  expect(await svft(folder, ['sweep', 'svft.yaml', '--port', '8000'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--port 8000 needs --page'),
  })
  expect(readdirSync(join(folder, 'runs'))).toHaveLength(1)
})

test('a sweep shows its page while it works; the server ends with it, after its last state', async () => {
  rmSync(join(folder, 'runs'), {recursive: true})
  const {url, exit, stderr} = await start(['sweep', 'svft.yaml', '--seeds', '0-1', '--page', '--json'])
  const seen: Shown[] = []
  for (;;) {
    const shown = await stateAt(url)
    seen.push(shown)
    if (shown.ended) break
    await setTimeout(100)
  }
  expect(await exit, stderr()).toBe(0)
  expect(seen[0].cells.map(({label}) => label)).toHaveLength(2)
  expect(seen.at(-1)).toMatchObject({counts: '2/2 done', cells: [{state: 'done'}, {state: 'done'}]})
  expect(seen.map(({cells}) => cells.filter(({state}) => state === 'running').length)).toContain(1)
})

test('a sweep with a page that no browser has opened ends like one without', async () => {
  const {url, exit} = await start(['sweep', 'svft.yaml', '--seeds', '0-1', '--page'])
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/)
  expect(await exit).toBe(0)
})
