// Whole runs and sweeps of a recipe with engine: openvino.
import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {openWorkplace, spawnSvft, svft, writeRecipe} from '../support/workplace.ts'

const BF16 = {engine: 'openvino', precision: 'bf16'}

/** What the only run in `folder` computed. */
function outcome(folder: string) {
  const [run] = readdirSync(join(folder, 'runs')).map(name => join(folder, 'runs', name))
  return {...lastState(run), answers: readFileSync(join(run, 'predictions-test.jsonl'), 'utf8')}
}

/** The newest checkpoint of a run, but for times. */
function lastState(run: string) {
  const checkpoints = join(run, 'checkpoints')
  const last = join(checkpoints, readdirSync(checkpoints).sort().at(-1) ?? '')
  const {losses, gradNorms}: {losses: number[]; gradNorms: number[]} = JSON.parse(
    readFileSync(join(last, 'state.json'), 'utf8'),
  )
  return {tensors: readFileSync(join(last, 'state.safetensors')).toString('hex'), losses, gradNorms}
}

/** The steps of all checkpoints in `folder`. */
function savedSteps(folder: string): string[] {
  const runs = join(folder, 'runs')
  const checkpoints = existsSync(runs) ? readdirSync(runs).map(name => join(runs, name, 'checkpoints')) : []
  return checkpoints.filter(existsSync).flatMap(path => readdirSync(path).filter(name => /^step-\d+$/.test(name)))
}

test('a run that is interrupted, killed and resumed has the same bits as one that is not, and as a third in one process', async () => {
  const [straight, again, folder] = [await openWorkplace(), await openWorkplace(), await openWorkplace()]
  for (const place of [straight, again, folder]) writeRecipe(place, {...BF16, train: {steps: 200, saveEvery: 50}})
  for (const place of [straight, again])
    expect(await svft(place, ['run', 'tiny.yaml']), place).toMatchObject({exitCode: 0})
  expect(outcome(again)).toEqual(outcome(straight))

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    const before = savedSteps(folder).join()
    const run = spawnSvft(folder, ['run', 'tiny.yaml'])
    while (savedSteps(folder).join() === before) await setTimeout(5)
    run.kill(signal)
    const {exitCode, signal: killedBy} = await run
    expect(signal === 'SIGINT' ? exitCode : killedBy).toBe(signal === 'SIGINT' ? 130 : 'SIGKILL')
    expect(savedSteps(folder)).not.toEqual([])
  }
  const last = await svft(folder, ['run', 'tiny.yaml'])
  expect(last).toMatchObject({exitCode: 0})
  expect(Number(/train tiny (\d+)\/200/.exec(last.stderr)?.[1])).toBeGreaterThanOrEqual(50)
  expect(outcome(folder)).toEqual(outcome(straight))
})

test('singular vectors are cached in bfloat16, and those of a run in float32 are rounded instead of computed again', async () => {
  const folder = await openWorkplace()
  const cache = join(folder, 'cache')
  const factors = () => readdirSync(join(cache, 'factors')).filter(name => name.endsWith('.safetensors'))
  const inBfloat16 = () => factors().filter(name => name.endsWith('.bf16.safetensors'))
  writeRecipe(folder, {...BF16, train: {steps: 20}})
  expect(await svft(folder, ['run', 'tiny.yaml'])).toMatchObject({exitCode: 0})
  expect(inBfloat16()).toHaveLength(factors().length)
  const first = outcome(folder)

  rmSync(join(cache, 'factors'), {recursive: true})
  writeRecipe(folder, {train: {steps: 1}}, 'float32.yaml')
  expect(await svft(folder, ['run', 'float32.yaml'])).toMatchObject({exitCode: 0})
  expect(inBfloat16()).toEqual([])
  rmSync(join(folder, 'runs'), {recursive: true})
  expect(await svft(folder, ['run', 'tiny.yaml'])).toMatchObject({exitCode: 0})
  expect(factors()).toHaveLength(2 * inBfloat16().length)
  expect(outcome(folder)).toEqual(first)

  const listed = await svft(folder, ['cache'])
  expect(listed.stdout).toMatch(/factors/)
  expect(await svft(folder, ['cache', 'free', 'factors'])).toMatchObject({exitCode: 0})
  expect(existsSync(join(cache, 'factors'))).toBe(false)
})

test('the losses are those of float32', async () => {
  const losses: number[][] = []
  for (const engine of [BF16, {}]) {
    const folder = await openWorkplace()
    writeRecipe(folder, {...engine, train: {steps: 20}})
    expect(await svft(folder, ['run', 'tiny.yaml'])).toMatchObject({exitCode: 0})
    losses.push(outcome(folder).losses)
  }
  const [ours, theirs] = losses
  expect(ours).toHaveLength(20)
  for (const [step, loss] of ours.entries()) expect(Math.abs(loss / theirs[step] - 1), `${step}`).toBeLessThan(1e-2)
})

test('a sweep with two workers computes what runs alone do', async () => {
  const [together, alone] = [await openWorkplace(), await openWorkplace()]
  for (const place of [together, alone]) writeRecipe(place, {...BF16, name: 'tiny/svft', train: {steps: 20}})
  const sweep = await svft(together, ['sweep', 'tiny.yaml', '--seeds', '0,1', '--workers', '2', '--json'])
  expect(sweep.exitCode, sweep.stderr).toBe(0)
  for (const seed of [0, 1])
    expect(await svft(alone, ['run', 'tiny.yaml', '--set', `seed=${seed}`])).toMatchObject({exitCode: 0})
  const states = (folder: string) =>
    readdirSync(join(folder, 'runs'))
      .sort()
      .map(name => lastState(join(folder, 'runs', name)).tensors)
  expect(states(together)).toHaveLength(2)
  expect(states(together)).toEqual(states(alone))
})

test('the row and environment.json record the precision, the version, and the cosine of the gradient with float32', async () => {
  const folder = await openWorkplace()
  writeRecipe(folder, {...BF16, train: {steps: 2}})
  const {exitCode, stdout} = await svft(folder, ['run', 'tiny.yaml'])
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(
    /^ {2}computed in bf16 by openvino 20\d\d\.\S+; cosine of the first gradient with float32: [01]\.\d{5}$/m,
  )
  const [run] = readdirSync(join(folder, 'runs')).map(name => join(folder, 'runs', name))
  const [row, environment] = ['row.json', 'environment.json'].map(name =>
    JSON.parse(readFileSync(join(run, name), 'utf8')),
  )
  expect(row).toMatchObject({engine: 'openvino', precision: 'bf16', engineVersion: expect.stringMatching(/^20\d\d\./)})
  expect(row.gradientCosine).toBeGreaterThan(0.995)
  expect(row.gradientCosine).toBeLessThan(1)
  expect(environment).toMatchObject({engine: 'openvino', precision: 'bf16', engineVersion: row.engineVersion})
})
