import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {enterWorkplace, svft, tinyRecipe} from '../../test/support/workplace.ts'
import {Fault} from '../base/fault.ts'
import {run} from '../recipes/run.ts'

let folder: string
beforeAll(async () => {
  folder = await enterWorkplace()
  await run(await tinyRecipe(folder))
  const stop = new AbortController()
  const onEvent = (event: {type: string}) => event.type === 'step' && stop.abort()
  await expect(run({...(await tinyRecipe(folder)), seed: 1}, {onEvent, signal: stop.signal})).rejects.toThrow('aborted')
  const broken = (event: {type: string}) => {
    if (event.type === 'step') throw new Fault('failed', 'step 2: the loss is not finite\u001b[2J')
  }
  const failing = {...(await tinyRecipe(folder)), name: 'failing', seed: 7}
  await expect(run(failing, {onEvent: broken})).rejects.toThrow('not finite')
})

const runs = () => join(folder, 'runs')
const named = (end: string) => readdirSync(runs()).find(name => name.includes(end)) ?? ''
const listed = async (...args: string[]) =>
  JSON.parse((await svft(folder, ['runs', ...args, '--json'])).stdout).result.runs

test('runs are listed with state, step, loss and score, and nothing is written', async () => {
  const before = readdirSync(folder, {recursive: true}).map(name => [
    name,
    statSync(join(folder, String(name))).mtimeMs,
  ])
  const all = await listed()
  expect(all).toHaveLength(3)
  const of = (text: string) => all.find(({name}: {name: string}) => name.includes(text))
  expect(of('s42')).toMatchObject({state: 'done', recipe: 'tiny', method: 'svft', seed: 42, step: 4, steps: 4})
  expect(of('s42').score).toMatchObject({split: 'test', n: 3})
  expect(of('tiny').bytes).toBeGreaterThan(1000)
  expect(of('s1')).toMatchObject({state: 'checkpointed', seed: 1, step: 1, steps: 4})
  expect(of('failing')).toMatchObject({state: 'failed', problem: expect.stringContaining('not finite')})
  const [line] = readFileSync(join(runs(), named('s1'), 'metrics.jsonl'), 'utf8').split('\n')
  expect(of('s1').loss).toBe(JSON.parse(line).loss)
  const after = readdirSync(folder, {recursive: true}).map(name => [name, statSync(join(folder, String(name))).mtimeMs])
  expect(after).toEqual(before)
})

test('the table fits 80 columns, newest first, with the reason of a failure below it', async () => {
  const {stdout, stderr, exitCode} = await svft(folder, ['runs'])
  const lines = stdout.split('\n')
  expect({stderr, exitCode}).toEqual({stderr: '', exitCode: 0})
  expect(lines[0]).toMatch(/^state +step +loss +score +age +size +run$/)
  expect(lines[1]).toMatch(/^failed .* failing-[0-9a-f]{8}-s7$/)
  expect(lines[2]).toMatch(/^checkpointed +1\/4 +\d\.\d+ +– +\d+[sm] .* tiny-[0-9a-f]{8}-s1$/)
  expect(lines[3]).toMatch(/^done +4\/4 +\d\.\d+ +0\.0 +\d+[sm] +\d+ kB +tiny-[0-9a-f]{8}-s42$/)
  expect(lines[4]).toMatch(/^failing-[0-9a-f]{8}-s7: failed: step 2: the loss is not finite\\u001b\[2J$/)
  expect(Math.max(...lines.slice(0, 4).map(line => line.length))).toBeLessThanOrEqual(80)
})

test('runs of one recipe show the values in which they differ', async () => {
  const recipe = await tinyRecipe(folder)
  for (const [name, seed, lr] of [
    ['tiny-00000001-s0', 0, 0.1],
    ['tiny-00000001-s1', 1, 0.1],
    ['tiny-00000002-s0', 0, 0.001],
  ] as const) {
    const path = join(folder, 'trials', name)
    mkdirSync(path, {recursive: true})
    writeFileSync(join(path, 'recipe.json'), JSON.stringify({...recipe, seed, train: {...recipe.train, lr}}))
  }
  const differs = (await listed('trials')).map((run: {name: string; differs: string[]}) => [run.name, ...run.differs])
  expect(differs.sort()).toEqual([
    ['tiny-00000001-s0', 'train.lr=0.1'],
    ['tiny-00000001-s1', 'train.lr=0.1'],
    ['tiny-00000002-s0', 'train.lr=0.001'],
  ])
  const {stdout} = await svft(folder, ['runs', 'trials'])
  expect(stdout).toMatch(/ run +differs in\n/)
  expect(stdout).toMatch(/ tiny-00000002-s0 +train.lr=0.001$/m)
  expect((await svft(folder, ['runs'])).stdout).not.toContain('differs in')
})

test('a lock shows whether the process of a run is alive', async () => {
  const path = join(runs(), named('s1'))
  const {machineId} = await import('../base/temporary.ts')
  const lock = (pid: number) => join(path, `lock.${machineId}.${pid}.0123456789ab`)
  for (const [pid, state] of [
    [process.pid, 'running'],
    [2 ** 30, 'lost'],
  ] as const) {
    writeFileSync(lock(pid), '')
    expect((await listed()).find(({name}: {name: string}) => name.endsWith('s1'))).toMatchObject({state, step: 1})
    rmSync(lock(pid))
  }
})

test('a run that was killed before its recipe was written is lost, not unreadable', async () => {
  const {machineId} = await import('../base/temporary.ts')
  const path = join(folder, 'early', 'tiny-01234567-s0')
  mkdirSync(path, {recursive: true})
  writeFileSync(join(path, `lock.${machineId}.${2 ** 30}.0123456789ab`), '')
  const [lost] = await listed('early')
  expect(lost).toMatchObject({name: 'tiny-01234567-s0', state: 'lost'})
  expect(lost).not.toHaveProperty('problem')
})

test('damaged folders are listed with the reason, and a run without a log by its checkpoint', async () => {
  const other = join(folder, 'other')
  const copy = (name: string) => {
    const to = join(other, 'deeper', name)
    mkdirSync(to, {recursive: true})
    return to
  }
  copy('empty-01234567-s0')
  const cut = copy('cut-01234567-s0')
  writeFileSync(join(cut, 'recipe.json'), readFileSync(join(runs(), named('s42'), 'recipe.json')))
  writeFileSync(join(cut, 'row.json'), readFileSync(join(runs(), named('s42'), 'row.json')))
  truncateSync(join(cut, 'row.json'), 100)
  const odd = copy('odd\u001b[2J-01234567-s0')
  writeFileSync(join(odd, 'recipe.json'), '{"task": "none\\u001b[2J"}')
  const old = copy('old-01234567-s42')
  for (const name of ['recipe.json', 'row.json'])
    writeFileSync(join(old, name), readFileSync(join(runs(), named('s42'), name)))
  mkdirSync(join(old, 'checkpoints/step-000004'), {recursive: true})
  writeFileSync(join(old, 'checkpoints/step-000004/state.json'), '{"losses": [2, 1.5]}')
  const closed = copy('closed-01234567-s0')
  chmodSync(closed, 0)
  symlinkSync('loop-01234567-s0', join(folder, 'other/loop-01234567-s0'))

  const all = await listed('other')
  const {stdout, exitCode} = await svft(folder, ['runs', 'other'])
  chmodSync(closed, 0o700)
  const of = (text: string) => all.find(({name}: {name: string}) => name.startsWith(text))
  expect(of('empty')).toMatchObject({state: 'unreadable', problem: expect.stringContaining('recipe.json')})
  expect(of('cut')).toMatchObject({state: 'unreadable', problem: expect.stringContaining('row.json: not a row')})
  expect(of('odd')).toMatchObject({state: 'unreadable', problem: expect.stringContaining('task')})
  expect(of('old')).toMatchObject({state: 'done', loss: 1.5})
  expect(of('closed').state).toBe('unreadable')
  expect(of('loop')).toMatchObject({problem: expect.stringMatching(/loop-01234567-s0: links that lead to each other$/)})
  expect(exitCode).toBe(0)
  expect(stdout).not.toContain('\u001b')
})

test('a folder that does not exist is refused, and no runs are no error', async () => {
  expect(await svft(folder, ['runs', 'nowhere'])).toMatchObject({
    exitCode: 74,
    stderr: expect.stringContaining('nowhere'),
  })
  mkdirSync(join(folder, 'fresh'), {recursive: true})
  expect(await svft(join(folder, 'fresh'), ['runs'])).toMatchObject({
    exitCode: 0,
    stdout: 'no runs; svft run makes one',
  })
})
