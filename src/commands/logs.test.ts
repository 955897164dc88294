import {appendFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {beforeAll, expect, test} from 'vitest'
import {preload} from '../../test/support/preload.ts'
import {enterWorkplace, spawnSvft, svft, tinyRecipe, writeRecipe} from '../../test/support/workplace.ts'
import {run} from '../recipes/run.ts'

let folder: string
let at: string
beforeAll(async () => {
  folder = await enterWorkplace()
  at = (await run(await tinyRecipe(folder))).folder
})

const name = () => at.slice(at.lastIndexOf('/') + 1)
const STEP = /^step \d\/4 {2}loss \d\.\d{4} {2}lr \d\.\d\de-\d {2}grad norm \d\.?\d* {2}[\d.]+k? tokens\/s$/

test('a run is found by its folder, its name or the beginning of it, with or without a slash at the end, and its steps are printed', async () => {
  const outputs = []
  for (const text of [at, `runs/${name()}/`, name(), `${name()}/`, name().slice(0, 7)])
    outputs.push(await svft(folder, ['logs', text]))
  for (const output of outputs) expect(output).toEqual(outputs[0])
  const [{stdout, stderr, exitCode}] = outputs
  const lines = stdout.split('\n')
  expect({stderr, exitCode}).toEqual({stderr: '', exitCode: 0})
  expect(lines.slice(0, -1)).toEqual(Array.from({length: 4}, () => expect.stringMatching(STEP)))
  expect(lines.at(-1)).toBe('done: test 0.0 (accuracy, n = 3)')
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(80)

  const {result} = JSON.parse((await svft(folder, ['logs', at, '--json'])).stdout)
  const logged = readFileSync(join(at, 'metrics.jsonl'), 'utf8').trim().split('\n')
  expect(result.log).toEqual(logged.map(line => JSON.parse(line)))
  expect(result.run).toMatchObject({state: 'done', name: name()})
})

test('a name that fits several runs or none is refused, with the names', async () => {
  const other = join(folder, 'runs', name().replace(/s42$/, 's43'))
  cpSync(at, other, {recursive: true})
  const [several, near, none] = [
    await svft(folder, ['logs', 'tiny']),
    await svft(folder, ['logs', 'tinz']),
    await svft(folder, ['logs', 'unheard']),
  ]
  rmSync(other, {recursive: true})
  expect(several).toMatchObject({exitCode: 2, stdout: ''})
  expect(several.stderr).toBe(
    `tiny: 2 runs begin with this; type more of the name:\n  ${name()}\n  ${name().replace(/s42$/, 's43')}`,
  )
  expect(near.stderr).toMatch(/^tinz: no such run in runs; did you mean tiny-[0-9a-f]{8}-s4\d\? svft runs lists all$/)
  expect(none.stderr).toBe('unheard: no such run in runs; svft runs lists all')
})

test('a run without a log shows the steps that its checkpoint records, and the scores of epochs stand between steps', async () => {
  const old = join(folder, 'old-01234567-s42')
  cpSync(at, old, {recursive: true})
  rmSync(join(old, 'metrics.jsonl'))
  const scores = [
    {step: 2, score: 0.25},
    {step: 4, score: null},
  ]
  writeFileSync(join(old, 'epochs.json'), JSON.stringify({split: 'validation\u001b[2J', scores, best: 2}))
  const {stdout} = await svft(folder, ['logs', old])
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^step 1 {2}loss \d\.\d{4} {2}grad norm [\d.]+$/),
    expect.stringMatching(/^step 2 /),
    'step 2: validation\\u001b[2J 25.0, the best so far',
    expect.stringMatching(/^step 3 /),
    expect.stringMatching(/^step 4 /),
    'step 4: validation\\u001b[2J without a value',
    expect.stringMatching(/^done: /),
  ])
})

test('a running run is followed until it ends, and no step is printed twice', async () => {
  writeRecipe(folder, {train: {steps: 150}}, 'live.yaml')
  const live = spawnSvft(folder, ['run', 'live.yaml'])
  const found = () => readdirSync(join(folder, 'runs')).find(name => name.startsWith('live-')) ?? 'live'
  while (!existsSync(join(folder, 'runs', found(), 'metrics.jsonl'))) await setTimeout(20)
  const {stdout} = await svft(folder, ['logs', 'live', '--follow'])
  await live
  const lines = stdout.split('\n')
  expect(lines.slice(0, -1).map(line => Number(/^step +(\d+)\/150/.exec(line)?.[1]))).toEqual(
    Array.from({length: 150}, (_, i) => i + 1),
  )
  expect(lines.at(-1)).toMatch(/^done: test /)
}, 60_000)

/** Makes the run look as if this process worked on it. */
async function holdRun(name: string): Promise<string> {
  const {machineId} = await import('../base/temporary.ts')
  const lock = join(folder, name, `lock.${machineId}.${process.pid}.0123456789ab`)
  rmSync(join(folder, name, 'row.json'), {force: true})
  writeFileSync(lock, '')
  return lock
}

test('Ctrl-C ends following, and not the run', async () => {
  const lock = await holdRun('old-01234567-s42')
  const following = spawnSvft(folder, ['logs', 'old-01234567-s42', '-f'])
  following.stdout!.once('data', () => following.kill('SIGINT'))
  expect(await following).toMatchObject({exitCode: 130, stderr: 'interrupted'})
  expect(existsSync(lock)).toBe(true)
})

/** Makes a process say on stderr when it handles SIGTERM. */
const SAYS_READY = preload(
  "process.on('newListener', name => name === 'SIGTERM' && setImmediate(() => process.stderr.write('ready')))",
)

test('following with --json that is stopped prints what it has read', async () => {
  await holdRun('old-01234567-s42')
  const following = spawnSvft(folder, ['logs', 'old-01234567-s42', '-f', '--json'], {env: SAYS_READY})
  following.stderr!.once('data', () => following.kill('SIGTERM'))
  const {exitCode, stdout} = await following
  const {status, result} = JSON.parse(String(stdout))
  expect([exitCode, status, result.run.state]).toEqual([130, 130, 'running'])
  expect(result.log.map(({step}: {step: number}) => step)).toEqual([1, 2, 2, 3, 4, 4])
})

test('following ends when its reader does', async () => {
  const live = join(folder, 'live-01234567-s1')
  cpSync(at, live, {recursive: true})
  await holdRun('live-01234567-s1')
  const log = join(live, 'metrics.jsonl')
  const [last] = readFileSync(log, 'utf8').trim().split('\n').slice(-1)
  const following = spawnSvft(folder, ['logs', live, '-f'])
  following.stdout!.once('data', () => {
    following.stdout!.destroy()
    appendFileSync(log, `${last.replace('"step":4', '"step":5')}\n`)
  })
  expect(await following).toMatchObject({exitCode: 0, stderr: ''})
})
