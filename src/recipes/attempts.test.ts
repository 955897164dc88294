import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {exampleRow} from '../../test/support/rows.ts'
import {enterWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
import {Fault} from '../base/fault.ts'
import {withLock} from '../base/lock.ts'
import {readRunLog} from '../inspect/run-log.ts'
import {summarizeRun} from '../inspect/run-summary.ts'
import {writeRow} from '../results/results-file.ts'
import {readStatus} from '../sweep/cell-status.ts'
import {openFolders} from '../sweep/run-folders.ts'
import {saveState} from '../train/saved-states.ts'
import {savedProgress} from './attempts.ts'
import {claimFolder} from './claim-folder.ts'
import type {RunEvent} from './events.ts'
import {run} from './run.ts'
import {runFenced} from './run-fenced.ts'
import {type RunFolder, runFolderAt} from './run-folder.ts'

let place: string
beforeEach(async () => {
  place = await enterWorkplace()
})

const recipeOf = () => tinyRecipe(place, {name: 'tiny/svft', train: {steps: 6, saveEvery: 1}})
const attempts = (folder: {readonly name: string}) => join(place, 'runs/.attempts', folder.name)

/** A run that stops once it has told of this step. */
function stoppedAt(step: number, fence = true) {
  const stop = new AbortController()
  const onEvent = (event: RunEvent) => event.type === 'step' && event.report.step >= step && stop.abort()
  return {onEvent, signal: stop.signal, fence}
}

/** The numbers that a run's folder holds. */
const numbers = (path: string) => ({
  answers: readFileSync(join(path, 'predictions-test.jsonl'), 'utf8'),
  last: readFileSync(join(path, 'checkpoints/step-000006/state.safetensors')).toString('base64'),
})

test('attempts go on one from another, share no file, and the last one becomes the run, with the same numbers', async () => {
  const recipe = await recipeOf()
  const folder = (await openFolders().of(recipe))!
  await expect(run(recipe, stoppedAt(2))).rejects.toThrow('aborted')
  await expect(run(recipe, stoppedAt(4))).rejects.toThrow('aborted')
  expect(readdirSync(attempts(folder))).toHaveLength(2)
  expect(existsSync(folder.path)).toBe(false)
  expect((await savedProgress(folder)).newest?.step).toBeGreaterThanOrEqual(4)

  const events: RunEvent[] = []
  const ended = await run(recipe, {fence: true, onEvent: event => events.push(event)})
  expect(events.find(({type}) => type === 'training')).toMatchObject({from: expect.toSatisfy(from => from >= 4)})
  expect(ended).toMatchObject({folder: folder.path, already: false, row: {scores: {test: {n: 3}}}})
  expect(existsSync(attempts(folder))).toBe(false)
  const lines = readFileSync(ended.results ?? '', 'utf8')
    .trim()
    .split('\n')
  expect(lines).toHaveLength(2)

  const before = numbers(folder.path)
  mkdirSync('straight')
  process.chdir('straight')
  expect(numbers((await run(recipe)).folder)).toEqual(before)
})

test('two at once: the first that ends is the run, and the one that ends later changes nothing', async () => {
  const recipe = await recipeOf()
  const folder = (await openFolders().of(recipe))!
  let first: ReturnType<typeof run> | undefined
  const onEvent = ({type}: RunEvent) => {
    if (type === 'training') first = run(recipe, {fence: true})
  }
  const late = runFenced(
    folder,
    async own => {
      await run(recipe, {fence: true, onEvent})
      cpSync(folder.path, own.path, {recursive: true}) // as if it had computed the same
      return (await first!).row
    },
    () => expect.unreachable(),
  )
  expect(await late).toEqual((await first!).row)
  expect(readdirSync(join(place, 'runs')).filter(name => !name.startsWith('.'))).toEqual([folder.name])
  expect(existsSync(attempts(folder)) ? readdirSync(attempts(folder)) : []).toEqual([])
})

test('a run that ends later with other scores is reported, and kept aside', async () => {
  const recipe = await recipeOf()
  const folder = (await openFolders().of(recipe))!
  const warnings: string[] = []
  const late = await runFenced(
    folder,
    async own => {
      const {row} = await run(recipe)
      const other = {...row, scores: {test: {...row.scores.test, score: 0.5}}}
      mkdirSync(own.path, {recursive: true})
      await writeRow(own.path, other)
      return other
    },
    text => warnings.push(text),
  )
  expect(late).toEqual(JSON.parse(readFileSync(folder.file('row.json'), 'utf8')))
  expect(warnings).toEqual([expect.stringMatching(/attempts.*: finished with other scores than /)])
  expect(readdirSync(attempts(folder))).toHaveLength(1)
  expect((await run(recipe, {fence: true})).row).toEqual(late)
})

test('an attempt that ended but did not take its place takes it next', async () => {
  const recipe = await recipeOf()
  const {folder, row} = await run(recipe)
  const name = folder.split('/').at(-1)!
  mkdirSync(attempts({name}), {recursive: true})
  cpSync(folder, join(attempts({name}), 'n1-1-aa'), {recursive: true})
  rmSync(folder, {recursive: true})
  const events: RunEvent[] = []
  expect((await run(recipe, {fence: true, onEvent: event => events.push(event)})).row).toEqual(row)
  expect(events).toEqual([])
})

test('an unfinished run in the place goes on as an attempt; one that somebody is at work on stays', async () => {
  const recipe = await recipeOf()
  const folder = (await openFolders().of(recipe))!
  await expect(run(recipe, stoppedAt(3, false))).rejects.toThrow('aborted')
  writeFileSync(folder.file('lock.elsewhere.7.0123456789ab'), '')
  await expect(run(recipe, {fence: true})).rejects.toMatchObject({
    kind: 'busy',
    message: expect.stringMatching(/finished in .*cannot take its place: .*process 7 on elsewhere/),
  })
  expect(existsSync(folder.file('row.json'))).toBe(false)
  rmSync(folder.file('lock.elsewhere.7.0123456789ab'))
  const events: RunEvent[] = []
  await run(recipe, {fence: true, onEvent: event => events.push(event)})
  expect(events).toEqual([])
  expect(existsSync(folder.file('row.json'))).toBe(true)
  expect(existsSync(attempts(folder))).toBe(false)
})

test('a run that finishes while an attempt waits to take its place is not replaced', async () => {
  const folder = runFolderAt(join(place, 'runs/tiny'))
  const [first, second] = [0.25, 0.5].map(score => exampleRow({scores: {test: {score, n: 8}}}))
  const warnings: string[] = []
  const attempt = async (own: RunFolder) => {
    await writeRow(own.path, second)
    return second
  }
  let late: ReturnType<typeof runFenced> | undefined
  await withLock(folder.path, async () => {
    const waits = new Promise<void>(resolve => {
      const watcher = watch(folder.path, () => {
        watcher.close()
        resolve()
      })
    })
    late = runFenced(folder, attempt, text => warnings.push(text))
    await waits
    writeFileSync(folder.file('row.json'), JSON.stringify(first))
  })
  expect(await late).toEqual(first)
  expect(JSON.parse(readFileSync(folder.file('row.json'), 'utf8'))).toEqual(first)
  expect(warnings).toEqual([expect.stringMatching(/: finished with other scores than /)])
})

test('attempts that finished before a run without a fence are removed, and those with other scores reported', async () => {
  const recipe = await recipeOf()
  const folder = (await openFolders().of(recipe))!
  const {row} = await run(recipe, {fence: true})
  cpSync(folder.path, join(attempts(folder), 'equal'), {recursive: true})
  await writeRow(join(attempts(folder), 'other'), {...row, scores: {test: {...row.scores.test, score: 0.5}}})
  rmSync(folder.path, {recursive: true})
  const warnings: string[] = []
  await run(recipe, {onEvent: event => event.type === 'warning' && warnings.push(event.text)})
  expect(readdirSync(attempts(folder))).toEqual(['other'])
  expect(warnings.filter(text => text.includes('.attempts'))).toEqual([
    `${join(attempts(folder), 'other')}: finished with other scores than ${folder.path}, which has become the run`,
  ])
})

test('an attempt takes the place of an unfinished run behind a link, and leaves what is behind it', async () => {
  const folder = runFolderAt(join(place, 'runs/tiny'))
  mkdirSync(join(place, 'elsewhere'))
  writeFileSync(join(place, 'elsewhere/metrics.jsonl'), '')
  mkdirSync(join(place, 'runs'))
  symlinkSync(join(place, 'elsewhere'), folder.path)
  const row = exampleRow()
  const work = async (own: RunFolder) => {
    await writeRow(own.path, row)
    return row
  }
  expect(await runFenced(folder, work, () => {})).toEqual(row)
  expect(lstatSync(folder.path).isDirectory()).toBe(true)
  expect(existsSync(attempts(folder))).toBe(false)
  expect(readdirSync(join(place, 'elsewhere'))).toEqual(['metrics.jsonl'])
})

test.each(['svft', 'none'])('an attempt goes on with the answers and the log of another (%s)', async method => {
  const adapter = method === 'none' ? {adapter: {method}} : {}
  const recipe = await tinyRecipe(place, {name: 'tiny/a', ...adapter, train: {steps: 6}, evaluate: {batch: 1}})
  const folder = (await openFolders().of(recipe))!
  const stop = new AbortController()
  const onEvent = (event: RunEvent) => event.type === 'answers' && event.done === 2 && stop.abort()
  await expect(run(recipe, {fence: true, onEvent, signal: stop.signal})).rejects.toThrow('aborted')
  const [name] = readdirSync(attempts(folder))
  const saved = readFileSync(join(attempts(folder), name, 'predictions-test.jsonl'), 'utf8')
  expect(saved.trim().split('\n')).toHaveLength(2)

  const events: RunEvent[] = []
  await run(recipe, {fence: true, onEvent: event => events.push(event)})
  const answered = events.flatMap(event => (event.type === 'answers' ? [event.done] : []))
  expect(answered).toContain(3)
  expect(Math.min(...answered)).toBeGreaterThanOrEqual(2)
  if (method === 'svft') expect(readFileSync(folder.file('metrics.jsonl'), 'utf8').trim().split('\n')).toHaveLength(6)
})

test.each(['predictions-test.jsonl', 'epoch-6.jsonl'])(
  'of attempts with the same state, an attempt goes on from the one with the most predictions (%s)',
  async file => {
    const folder = runFolderAt(join(place, 'runs/tiny'))
    const theta = Float32Array.of(1)
    const state = {step: 6, losses: [], gradNorms: [], tokens: 0, seconds: 0, theta, m: theta, v: theta}
    const lines = {a: '1\n', b: '1\n2\n3\n', c: '1\n2\n'}
    for (const [name, text] of Object.entries(lines)) {
      const path = join(attempts(folder), name)
      await saveState(join(path, 'checkpoints'), state, {recipe: 'r', threads: 1, frozen: 'f', versions: {}})
      writeFileSync(join(path, file), text)
    }
    const work = async (own: RunFolder) => {
      throw new Error(`goes on from ${JSON.stringify(readFileSync(own.file(file), 'utf8'))}`)
    }
    await expect(runFenced(folder, work, () => {})).rejects.toThrow(`goes on from ${JSON.stringify(lines.b)}`)
  },
)

test('an attempt removes old states of others but those of its source, of the same step and of the last hour', async () => {
  const folder = runFolderAt(join(place, 'runs/tiny'))
  const theta = Float32Array.of(1)
  const states = {straight: [5], before: [3, 4], source: [5, 6], equal: [5, 6], recent: [5]}
  for (const [name, steps] of Object.entries(states)) {
    const path = name === 'straight' ? folder.path : join(attempts(folder), name)
    for (const step of steps) {
      const state = {step, losses: [], gradNorms: [], tokens: 0, seconds: 0, theta, m: theta, v: theta}
      await saveState(join(path, 'checkpoints'), state, {recipe: 'r', threads: 1, frozen: 'f', versions: {}})
      const saved = join(path, `checkpoints/step-00000${step}`)
      if (name !== 'recent') utimesSync(saved, new Date(), Date.now() / 1000 - 4000)
    }
    writeFileSync(join(path, 'predictions-test.jsonl'), name === 'source' ? '1\n2\n' : '')
  }
  let own = ''
  const work = async ({name, path}: RunFolder) => {
    own = path
    throw new Error(`${name} is stopped`)
  }
  await expect(runFenced(folder, work, () => {})).rejects.toThrow('stopped')
  const left = (path: string) => readdirSync(join(path, 'checkpoints')).map(name => Number(name.slice(-1)))
  const found = Object.fromEntries(
    readdirSync(attempts(folder)).map(name => [name, left(join(attempts(folder), name))]),
  )
  expect(found).toEqual({before: [], source: [5, 6], equal: [6], recent: [5], [own.split('/').at(-1)!]: [6]})
  expect(left(folder.path)).toEqual([5])
})

test('an attempt that diverged is recorded in the place of the run, until it is tried again', async () => {
  const recipe = await recipeOf()
  const folder = (await openFolders().of(recipe))!
  await expect(run(recipe, stoppedAt(2))).rejects.toThrow('aborted')
  expect(await readStatus(folder)).toMatchObject({state: 'pending', step: expect.any(Number)})
  const options = {fence: true, signal: new AbortController().signal, warn: () => {}}
  const diverge = () => Promise.reject(new Fault('diverged', 'step 6: the loss is not finite'))
  await expect(claimFolder(folder, options, diverge)).rejects.toThrow('step 6')
  expect(await readStatus(folder)).toMatchObject({
    state: 'failed',
    failure: {kind: 'diverged', message: 'step 6: the loss is not finite'},
  })
  const shown = {state: 'failed', problem: 'step 6: the loss is not finite', step: 2}
  expect(await summarizeRun(folder.path)).toMatchObject(shown)
  const steps = []
  for await (const {step} of readRunLog(folder.path, {follow: false, signal: options.signal})) steps.push(step)
  expect(steps.slice(0, 2)).toEqual([1, 2])
  await run(recipe, {fence: true})
  expect(await readStatus(folder)).toMatchObject({state: 'done'})
  expect(existsSync(folder.file('failed.json'))).toBe(false)
})

test.each([true, false])(
  'a run keeps the number of threads that it began with, unless the recipe sets it; with a fence: %s',
  async fence => {
    const recipe = await recipeOf()
    await expect(run({...recipe, threads: 3}, stoppedAt(2, fence))).rejects.toThrow('aborted')
    expect((await run({...recipe, threads: undefined}, {fence})).row.threads).toBe(3)
  },
)

test('an attempt with another number of threads is refused before it copies a state, with what to move away', async () => {
  const recipe = await recipeOf()
  const folder = (await openFolders().of(recipe))!
  await expect(run({...recipe, threads: 3}, stoppedAt(2))).rejects.toThrow('aborted')
  const before = readdirSync(attempts(folder))
  await expect(run({...recipe, threads: 1}, {fence: true})).rejects.toMatchObject({
    kind: 'usage',
    message: `${folder.path} was trained with 3 threads, not 1; use 3; to start from step 0, move ${attempts(folder)} away`,
  })
  expect(readdirSync(attempts(folder))).toEqual(before)
  rmSync(attempts(folder), {recursive: true})
  expect((await run({...recipe, threads: 1}, {fence: true})).row.threads).toBe(1)
})

test('a run without a fence is refused with another number of threads, and stays as it is', async () => {
  const recipe = await recipeOf()
  const folder = (await openFolders().of(recipe))!
  await expect(run({...recipe, threads: 3}, stoppedAt(2, false))).rejects.toThrow('aborted')
  const before = await readStatus(folder)
  await expect(run({...recipe, threads: 1})).rejects.toMatchObject({
    kind: 'usage',
    message: `${folder.path} was trained with 3 threads, not 1; use 3; to start from step 0, move ${folder.path} away`,
  })
  expect(before.state).not.toBe('failed')
  expect(await readStatus(folder)).toEqual(before)
  await withLock(folder.path, async () => {
    await expect(run({...recipe, threads: 1})).rejects.toMatchObject({kind: 'busy'})
  })
})

test('the number of threads is that of the state that an attempt goes on from', async () => {
  const folder = runFolderAt(join(place, 'runs/tiny'))
  const theta = Float32Array.of(1)
  const state = {step: 6, losses: [], gradNorms: [], tokens: 0, seconds: 0, theta, m: theta, v: theta}
  for (const [name, threads, answers] of [
    ['a', 4, ''],
    ['b', 2, '1\n'],
  ] as const) {
    const path = join(attempts(folder), name)
    await saveState(join(path, 'checkpoints'), state, {recipe: 'r', threads, frozen: 'f', versions: {}})
    writeFileSync(join(path, 'predictions-test.jsonl'), answers)
  }
  expect((await savedProgress(folder)).newest?.threads).toBe(2)
  const work = async (own: RunFolder) => {
    expect((await savedProgress(own)).own?.threads).toBe(2)
    throw new Error('stopped')
  }
  await expect(runFenced(folder, work, () => {})).rejects.toThrow('stopped')
})
