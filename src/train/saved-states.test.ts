import {readdir, readFile, rm, symlink, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {Fault} from '../base/fault.ts'
import {expectFrozen, keepNewestState, loadNewestState, saveState} from './saved-states.ts'
import type {TrainState} from './state.ts'

let folder: string
beforeEach(async () => {
  folder = join(openFolder(), 'run', 'states')
})
afterEach(() => rm(join(folder, '..', '..'), {recursive: true}))

const stamp = {recipe: 'c0ffee', threads: 2, frozen: 'f0', versions: {svft: '0.1.0', node: '20.1.0'}}

const stateAt = (step: number, changes: Partial<TrainState> = {}): TrainState => ({
  step,
  theta: Float32Array.of(step, -0, 1e-45, 0.1),
  m: Float32Array.of(3e38, -1e-20, 0, step),
  v: Float32Array.of(0, 1, 2, 3),
  losses: Array.from({length: step}, (_, i) => 1 / (i + 3)),
  gradNorms: Array.from({length: step}, (_, i) => Math.sqrt(i) * 1e-300),
  tokens: 10 * step,
  seconds: step / 7,
  ...changes,
})

const names = async () => (await readdir(folder)).sort()

test('a saved state is loaded with every bit', async () => {
  const none = {step: 50, score: Number.NaN, seconds: 0.1} // a metric without a value
  const best = {step: 100, score: 0.1 + 0.2, theta: Float32Array.of(-0, 1 / 3, 5, 7)}
  const state = stateAt(123, {scores: [none, {step: 100, score: 0.1 + 0.2, seconds: 0.1}], best})
  await saveState(folder, state, stamp)
  expect(await names()).toEqual(['step-000123'])
  const found = await loadNewestState(folder, stamp)
  expect(found.warnings).toEqual([])
  expect(found.state).toEqual(state) // toEqual tells −0 from 0
  expect(Object.is(found.state?.theta[1], -0)).toBe(true)
})

test('a folder without states, or no folder, has no newest state', async () => {
  expect(await loadNewestState(folder, stamp)).toEqual({warnings: []})
  await saveState(folder, stateAt(1), stamp)
  await rm(join(folder, 'step-000001'), {recursive: true})
  await writeFile(join(folder, 'notes.txt'), 'not a state')
  expect(await loadNewestState(folder, stamp)).toEqual({warnings: []})
})

test('the two states of the largest step numbers are kept', async () => {
  for (const step of [9, 10, 999_999, 1_000_000])
    await saveState(folder, stateAt(step, {losses: [], gradNorms: []}), stamp)
  expect(await names()).toEqual(['step-1000000', 'step-999999'])
  expect((await loadNewestState(folder, stamp)).state?.step).toBe(1_000_000)
})

test('after the last step only the newest state is kept; where it is damaged, the one before it too', async () => {
  await keepNewestState(folder) // no states yet
  for (const step of [1, 2, 3]) await saveState(folder, stateAt(step), stamp)
  await keepNewestState(folder)
  expect(await names()).toEqual(['step-000003'])

  await saveState(folder, stateAt(4), stamp)
  await truncate(join(folder, 'step-000004', 'state.json'), 5)
  await keepNewestState(folder)
  expect(await names()).toEqual(['step-000003', 'step-000004'])
})

test('of the two states of a step, the one with the score of its epoch is newer', async () => {
  await saveState(folder, stateAt(3), stamp)
  const scored = stateAt(3, {scores: [{step: 3, score: 0.5, seconds: 1}]})
  await saveState(folder, scored, stamp)
  expect((await loadNewestState(folder, stamp)).state).toEqual(scored)
  await keepNewestState(folder)
  expect(await names()).toEqual(['step-000003-scored'])
})

test.each(['state.json', 'state.safetensors', 'manifest.json'])(
  'a state whose %s is damaged is skipped in favour of the one before',
  async file => {
    for (const step of [1, 2]) await saveState(folder, stateAt(step), stamp)
    const newest = join(folder, 'step-000002')
    const whole = await readFile(join(newest, file))

    for (const place of [0, whole.length >> 1, whole.length - 1]) {
      const spoilt = Buffer.from(whole)
      spoilt[place] ^= 1
      await writeFile(join(newest, file), spoilt)
      const {state, warnings} = await loadNewestState(folder, stamp)
      expect(state).toEqual(stateAt(1))
      expect(warnings).toEqual([
        expect.stringContaining(`${newest} cannot be used, so training resumes from the state before it: `),
      ])
    }
    await writeFile(join(newest, file), whole)
    expect((await loadNewestState(folder, stamp)).state?.step).toBe(2)

    await truncate(join(newest, file), whole.length - 1)
    expect((await loadNewestState(folder, stamp)).state?.step).toBe(1)
    await rm(join(newest, file))
    expect((await loadNewestState(folder, stamp)).state?.step).toBe(1)
  },
)

test('if every state is damaged, the run starts from step 0 with warnings', async () => {
  for (const step of [1, 2]) await saveState(folder, stateAt(step), stamp)
  for (const step of [1, 2]) await rm(join(folder, `step-00000${step}`, 'state.json'))
  const {state, warnings} = await loadNewestState(folder, stamp)
  expect(state).toBeUndefined()
  expect(warnings).toHaveLength(2)
})

test('a damaged state never replaces a valid one', async () => {
  for (const step of [1, 2]) await saveState(folder, stateAt(step), stamp)
  await truncate(join(folder, 'step-000002', 'state.safetensors'), 5)
  await saveState(folder, stateAt(3), stamp)
  expect(await names()).toEqual(['step-000001', 'step-000003'])
})

test('saving the step of a damaged state again renames the damaged one', async () => {
  for (const step of [1, 2]) await saveState(folder, stateAt(step), stamp)
  await truncate(join(folder, 'step-000002', 'state.json'), 5)
  await saveState(folder, stateAt(2), stamp)
  expect(await names()).toEqual(['step-000001', 'step-000002', 'step-000002.broken-1'])
  expect((await loadNewestState(folder, stamp)).state).toEqual(stateAt(2))
})

test('a valid state is not saved again; one of another stamp is never replaced', async () => {
  for (const step of [1, 3, 2]) await saveState(folder, stateAt(step), stamp) // step 3 could not be read for a moment
  expect(await names()).toEqual(['step-000001', 'step-000002', 'step-000003']) // a later one is none to fall back on
  await saveState(folder, stateAt(3, {seconds: 9}), stamp)
  expect(await names()).toEqual(['step-000002', 'step-000003'])
  expect((await loadNewestState(folder, stamp)).state).toEqual(stateAt(3))
  const other = saveState(folder, stateAt(3), {...stamp, frozen: 'f1'})
  await expect(other).rejects.toThrow('step-000003: already exists; move it away first')
})

test('a state that cannot be read now is kept, because it may be valid', async () => {
  for (const step of [1, 2]) await saveState(folder, stateAt(step), stamp)
  const manifest = join(folder, 'step-000002', 'manifest.json')
  const text = await readFile(manifest)
  await rm(manifest)
  await symlink(manifest, manifest) // as a disk or a network that fails for now, its reader gets an error of the system
  await saveState(folder, stateAt(3), stamp)
  expect(await names()).toEqual(['step-000001', 'step-000002', 'step-000003'])
  await rm(manifest)
  await writeFile(manifest, text)
  await saveState(folder, stateAt(4), stamp)
  expect(await names()).toEqual(['step-000003', 'step-000004'])
})

test('a newer damaged state does not count among the two', async () => {
  for (const step of [1, 5]) await saveState(folder, stateAt(step), stamp)
  await truncate(join(folder, 'step-000005', 'state.json'), 5)
  for (const step of [2, 3]) await saveState(folder, stateAt(step), stamp)
  expect(await names()).toEqual(['step-000002', 'step-000003'])
  expect((await loadNewestState(folder, stamp)).state?.step).toBe(3)
})

test('another recipe, thread count or frozen tensors are refused, with advice', async () => {
  await saveState(folder, stateAt(1), stamp)
  const recipe = loadNewestState(folder, {...stamp, recipe: 'decaf'})
  await expect(recipe).rejects.toThrow(
    `${folder}/step-000001 is of another recipe: c0ffee, not decaf; to start from step 0, move ${folder} away`,
  )
  const threads = loadNewestState(folder, {...stamp, threads: 1})
  await expect(threads).rejects.toThrow(
    `${folder}/step-000001 was trained with 2 threads, not 1; use 2; to start from step 0, move ${folder} away`,
  )
  for (const refused of [recipe, threads]) await expect(refused).rejects.toMatchObject({name: 'Fault', kind: 'usage'})
  const loaded = await loadNewestState(folder, stamp)
  expectFrozen(loaded, stamp.frozen)
  expect(() => expectFrozen(loaded, 'f1')).toThrow(
    expect.objectContaining({
      kind: 'failed',
      message: `${folder}/step-000001 was trained on other SVD factors, which were since computed again by another library; restore the earlier cache of factors; to start from step 0, move ${folder} away`,
    }),
  )
})

test('other versions are warnings, not errors', async () => {
  await saveState(folder, stateAt(1), stamp)
  const {state, warnings} = await loadNewestState(folder, {
    ...stamp,
    versions: {svft: '0.1.0', node: '22.0.0', engine: '1'},
  })
  expect(state?.step).toBe(1)
  expect(warnings).toEqual([
    `${folder}/step-000001: node was 20.1.0, is 22.0.0; results may change`,
    `${folder}/step-000001: engine was absent, is 1; results may change`,
  ])
})

test('a state of another processor is warned of, but not one of an earlier svft, which did not record it', async () => {
  const at = (processor: string) => ({...stamp, versions: {...stamp.versions, processor}})
  await saveState(folder, stateAt(1), stamp)
  expect((await loadNewestState(folder, at('B'))).warnings).toEqual([])
  await saveState(folder, stateAt(2), at('A'))
  expect((await loadNewestState(folder, at('B'))).warnings).toEqual([
    `${folder}/step-000002: processor was A, is B; results may change`,
  ])
})

test('a state that cannot be written does not affect those before it', async () => {
  await saveState(folder, stateAt(1), stamp)
  const unwritable = stateAt(2, {theta: undefined as unknown as Float32Array})
  await expect(saveState(folder, unwritable, stamp)).rejects.toThrow()
  expect(await names()).toEqual(['step-000001'])
})

test('a path that is not a folder is an I/O fault', async () => {
  await saveState(folder, stateAt(1), stamp)
  const file = join(folder, 'step-000001', 'state.json')
  await expect(loadNewestState(file, stamp)).rejects.toMatchObject({kind: 'io'})
  const failure = await saveState(join(file, 'states'), stateAt(1), stamp).catch(error => error)
  expect(failure).toBeInstanceOf(Fault)
  expect(failure.kind).toBe('io')
})
