import {chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {delimiter, join} from 'node:path'
import {execa} from 'execa'
import {afterEach, beforeAll, beforeEach, expect, test, vi} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {enterWorkplace, tinyRecipe} from '../../../test/support/workplace.ts'
import type {RunEvent} from '../events.ts'
import type {Recipe} from '../file/schema.ts'
import {run} from '../run.ts'
import {runFolderAt} from '../run-folder.ts'
import {checkTracker} from './check-tracker.ts'
import {openTracker} from './open-tracker.ts'

let folder: string
let recipe: Recipe
const {PATH} = process.env
beforeAll(async () => {
  folder = await enterWorkplace()
  recipe = await tinyRecipe(folder)
})
beforeEach(() => {
  process.env.PATH = PATH
})
afterEach(() => {
  process.env.PATH = PATH
  delete process.env.TRACKIO_SPACE_ID
  delete process.env.SVFT_TRACKIO_SPACE
})

/** Puts a shell script in the place of python3; it is run in this folder. */
function python(script: string): string {
  const bin = openFolder()
  writeFileSync(join(bin, 'python3'), `#!/bin/sh\ncd ${bin}\n${script}\n`)
  chmodSync(join(bin, 'python3'), 0o755)
  process.env.PATH = `${bin}:${PATH}`
  return bin
}

let seed = 0
/** Runs the tiny recipe with a tracker, and returns its warnings and its row's scores. */
async function runTracked(track: Recipe['track'] = 'tensorboard') {
  const warnings: string[] = []
  const onEvent = (event: RunEvent) => event.type === 'warning' && warnings.push(event.text)
  const result = await run({...recipe, seed: seed++, track}, {onEvent})
  return {...result, warnings: warnings.filter(text => text.startsWith('track'))}
}

test('a tracker gets each step and the scores as lines of JSON, and the run waits until it has taken them', async () => {
  const bin = python('cat > taken; sleep 0.2; touch ended')
  const {warnings, row} = await runTracked()
  expect(warnings).toEqual([])
  expect(existsSync(join(bin, 'ended'))).toBe(true)
  const lines = readFileSync(join(bin, 'taken'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines.map(({step}) => step)).toEqual([1, 2, 3, 4, 4])
  expect(Object.keys(lines[0].metrics)).toEqual([
    'train/loss',
    'train/lr',
    'train/grad_norm',
    'train/tokens_per_second',
  ])
  expect(lines[4].metrics).toEqual({'score/test': row.scores.test.score})
})

test('a recipe has the same run hash with and without a tracker', async () => {
  python('cat > /dev/null')
  const {folder: tracked} = await runTracked()
  const again = await run({...recipe, seed: seed - 1})
  expect(again).toMatchObject({already: true, folder: tracked})
})

test.each([
  ['exits with an error', 'echo "No space left" >&2; exit 1', 'ended with code 1: No space left'],
  ['ends early without one', 'exit 0', 'ended with code 0'],
  ['is killed', 'kill -9 $$', 'was killed by SIGKILL'],
])('a tracker that %s ends no run, and is reported once', async (_, script, how) => {
  python(script)
  const {warnings, row} = await runTracked()
  expect(row.steps).toBe(4)
  expect(warnings).toEqual([`track: tensorboard ${how}; the run goes on without it`])
})

test('a tracker that cannot be started is reported once', async () => {
  process.env.PATH = openFolder()
  const warnings: string[] = []
  const options = {folder: runFolderAt(folder, 'r'), warn: (text: string) => warnings.push(text)}
  const tracker = await openTracker({...recipe, track: 'trackio'}, options)
  tracker?.log(1, {'train/loss': 1})
  await tracker?.close()
  tracker?.log(2, {'train/loss': 1})
  expect(warnings).toEqual([
    expect.stringMatching(/^track: trackio ended with code .*ENOENT.*; the run goes on without it$/),
  ])
})

test('a tracker that takes nothing is given up when its pipe is full, without any wait', async () => {
  const bin = python('echo $$ > pid; exec sleep 600')
  const warnings: string[] = []
  const tracker = await openTracker(
    {...recipe, track: 'trackio'},
    {folder: runFolderAt(folder, 'r'), warn: text => warnings.push(text)},
  )
  await expect.poll(() => existsSync(join(bin, 'pid'))).toBe(true)
  const began = performance.now()
  for (let step = 1; step <= 20_000; step++)
    tracker?.log(step, {'train/loss': 1 / step, 'train/lr': Number.NaN, more: 0.123456789})
  await tracker?.close()
  expect(performance.now() - began).toBeLessThan(5000)
  expect(warnings).toEqual(['track: trackio takes no more metrics; the run goes on without it'])
  const pid = Number(readFileSync(join(bin, 'pid'), 'utf8'))
  await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false)
})

test('a tracker that does not end is killed after ten seconds', async () => {
  python('cat > /dev/null; exec sleep 600')
  const {warnings} = await runTracked()
  expect(warnings).toEqual(['track: tensorboard did not end; the run goes on without it'])
}, 60_000)

test('a tracker that is not installed is refused before any work, with what to install', async () => {
  python(`echo "Traceback" >&2; echo "ModuleNotFoundError: No module named 'trackio'" >&2; exit 1`)
  await expect(checkTracker({track: {to: 'trackio'}})).rejects.toMatchObject({
    kind: 'failed',
    message: 'track: trackio is not installed for python3; pip install trackio, or leave out track',
  })
  python('echo "ImportError: broken" >&2; exit 1')
  await expect(checkTracker({track: 'tensorboard'})).rejects.toThrow(
    'track: python3 cannot import tensorboard: ImportError: broken; pip install tensorboard, or leave out track',
  )
  process.env.PATH = openFolder()
  await expect(checkTracker({track: 'tensorboard'})).rejects.toThrow(
    'track: python3 is not on the PATH, and tensorboard is a Python library; install both (pip install tensorboard, or leave out track)',
  )
  await checkTracker({})
})

test('nothing is sent anywhere unless SVFT_TRACKIO_SPACE names a Space', async () => {
  process.env.TRACKIO_SPACE_ID = 'me/mine'
  const bin = python('echo "$TRACKIO_SPACE_ID,$HF_HUB_OFFLINE,$4" > environment; cat > /dev/null')
  const seen = () => readFileSync(join(bin, 'environment'), 'utf8').trim()
  await runTracked('trackio')
  expect(seen()).toMatch(/^,1,\{"name":"tiny-[0-9a-f]{8}-s\d+","project":"svft","config":\{"recipe":"tiny"/)
  process.env.SVFT_TRACKIO_SPACE = 'me/runs'
  await runTracked({to: 'trackio', project: 'mine'})
  expect(seen()).toMatch(/^,,\{"name":"[^"]+","project":"mine","space":"me\/runs","config":/)
})

test('an invalid Space is refused before any work', async () => {
  process.env.SVFT_TRACKIO_SPACE = 'runs'
  await expect(checkTracker({track: 'trackio'})).rejects.toMatchObject({
    kind: 'usage',
    message: 'SVFT_TRACKIO_SPACE must be owner/name, like me/my-runs',
  })
})

test('no Python file of the working folder runs', async () => {
  const marker = join(folder, 'ran')
  const files = ['tensorboard/__init__.py', 'tensorboard/summary.py', 'trackio.py', 'json.py', 'signal.py']
  mkdirSync(join(folder, 'tensorboard'))
  vi.stubEnv('PYTHONPATH', `${delimiter}/nowhere`) // an empty entry is the working folder
  for (const name of files) writeFileSync(join(folder, name), `open(${JSON.stringify(marker)}, 'w').close()\n`)
  try {
    for (const track of ['tensorboard', 'trackio'] as const) {
      await checkTracker({track}).catch(() => {}) // it may not be installed
      await (await openTracker({...recipe, track}, {folder: runFolderAt(folder, 'r'), warn: () => {}}))?.close()
    }
    expect(existsSync(marker)).toBe(false)
  } finally {
    vi.unstubAllEnvs()
    for (const name of ['tensorboard', ...files]) rmSync(join(folder, name), {recursive: true, force: true})
  }
}, 60_000)

const {exitCode} = await execa('python3', ['-c', 'import tensorboard.summary'], {reject: false})
test.runIf(exitCode === 0)('TensorBoard reads what its own library has written', async () => {
  const {folder: done, warnings} = await runTracked()
  expect(warnings).toEqual([])
  const events = join(done, 'tensorboard')
  expect(readdirSync(events)).toHaveLength(1)
  const script = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util
read = EventAccumulator(sys.argv[1]); read.Reload()
print(json.dumps({tag: [event.step for event in read.Tensors(tag)] for tag in read.Tags()['tensors']}))`
  const {stdout} = await execa('python3', ['-c', script, events])
  expect(JSON.parse(stdout)).toMatchObject({'train/loss': [1, 2, 3, 4], 'score/test': [4]})
})
