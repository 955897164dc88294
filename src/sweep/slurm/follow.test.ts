import {mkdirSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {exampleRow} from '../../../test/support/rows.ts'
import {openWorkplace, tinyRecipe} from '../../../test/support/workplace.ts'
import {withLock} from '../../base/lock.ts'
import type {RunEvent} from '../../recipes/events.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {writeRow} from '../../results/results-file.ts'
import type {StepReport} from '../../train/train.ts'
import type {CellReport, CellRun} from '../cell-report.ts'
import {follow, followedTask} from './follow.ts'
import type {ArrayTask} from './queue.ts'
import {messagesFolder, type Reached, reachedAfter, writeMessage} from './task-message.ts'

const running: ArrayTask = {
  name: 'svft-0',
  index: 0,
  id: '7_0',
  state: 'running',
  word: 'RUNNING',
  exitCode: 0,
  signal: 0,
  restarts: 0,
  delayed: false,
  obstacle: undefined,
}

const following = (onReport: (report: CellReport) => void, recipe?: Recipe) => {
  const run = {cell: {label: 'a', recipe}, status: {state: 'pending'}} as CellRun
  const submission = {name: 'svft-0', folder: mkdtempSync(join(tmpdir(), 'svft-'))}
  mkdirSync(messagesFolder(submission.folder))
  let one = followedTask(run, {submission, index: 0, id: '7_0', restarts: 0})
  const look = async (task: ArrayTask | undefined) => {
    const followed = await follow(one, {task, onEvent: () => {}, onReport: (_, report) => onReport(report)})
    one = followed.one
    return followed.next
  }
  return {submission, look, folder: () => one.run.folder?.path ?? ''}
}

test('a task is lost only if Slurm does not list it three times in a row', async () => {
  const reports: CellReport[] = []
  const {look} = following(report => reports.push(report))
  for (const task of [undefined, undefined, running, undefined, undefined]) expect(await look(task)).toBe('follow')
  expect(reports.map(({state}) => state)).toEqual(['running'])
  expect(await look(undefined)).toBe('submit')
  expect(reports.at(-1)).toMatchObject({state: 'lost', failure: {message: 'Slurm job 7_0 has disappeared'}})
})

test('a task that is cancelled before its first checkpoint has saved nothing', async () => {
  const reports: CellReport[] = []
  const {look} = following(report => reports.push(report))
  expect(await look({...running, state: 'cancelled', word: 'CANCELLED'})).toBe('settled')
  const message = 'Slurm job 7_0 was cancelled; the same command submits it again'
  expect(reports.at(-1)).toEqual({
    state: 'pending',
    folder: undefined,
    stopped: undefined,
    failure: {kind: 'failed', message},
  })
})

test('a cell goes on as long as each of its stops is further than the last, in factors, steps or answers', async () => {
  const reports: CellReport[] = []
  const {submission, look} = following(report => reports.push(report))
  const step = (step: number): RunEvent => ({type: 'step', report: {step} as StepReport})
  const answers = (done: number): RunEvent => ({type: 'answers', split: 'test', done, total: 9, correct: 0, tokens: 0})
  const stops: RunEvent[][] = [
    [{type: 'factors', done: 20, total: 28, path: ''}],
    [{type: 'factors', done: 28, total: 28, path: ''}],
    [{type: 'training', params: 1, steps: 12, from: 0}, step(5)],
    [step(12), answers(3)],
    [{type: 'training', params: 1, steps: 12, from: 12}, answers(6)],
  ]
  for (const [restarts, events] of stops.entries()) {
    const reached = events.reduce((before: Reached, event) => reachedAfter(event, before), {})
    await writeMessage(submission.folder, {index: 0, restarts}, {n: 1, warnings: [], reached, ended: STOPPED})
    expect(await look({...running, restarts, state: 'ended', exitCode: 75})).toBe('submit') // there is no Slurm to requeue it
    expect(reports.at(-1)).toMatchObject({state: 'pending'})
  }
  const reached = {steps: 12, 'test after 12 steps': 6}
  await writeMessage(submission.folder, {index: 0, restarts: 5}, {n: 1, warnings: [], reached, ended: STOPPED})
  await look({...running, restarts: 5, state: 'ended', exitCode: 75})
  const message = 'Slurm job 7_0 stopped twice at the same point: its time limit is too short'
  expect(reports.at(-1)).toMatchObject({state: 'lost', failure: {message}})
})

const STOPPED = {type: 'stopped', lines: []} as const

const ELSEWHERE = {n: 1, warnings: [], reached: {}, ended: {type: 'busy', lines: []}} as const

test('a cell that another process works on is watched in its folder, which may have been unknown before', async () => {
  const place = await openWorkplace()
  process.chdir(place)
  const recipe = await tinyRecipe(place)
  const reports: CellReport[] = []
  const {submission, look, folder} = following(report => reports.push(report), recipe)
  await writeMessage(submission.folder, {index: 0, restarts: 0}, ELSEWHERE)
  expect(await look({...running, state: 'ended'})).toBe('follow')
  await withLock(folder(), async () => expect(await look(undefined)).toBe('follow'))
  const [, hash] = /-([0-9a-f]{8})-s\d+$/.exec(folder()) ?? []
  await writeRow(folder(), exampleRow({recipe: recipe.name, hash, seed: recipe.seed}))
  expect(await look(undefined)).toBe('settled')
  expect(reports.map(({state}) => state)).toEqual(['running', 'running', 'done'])
})

test('a cell that another process works on in a folder that cannot be found has failed', async () => {
  const place = await openWorkplace()
  process.chdir(place)
  const recipe = await tinyRecipe(place)
  rmSync('model', {recursive: true})
  const reports: CellReport[] = []
  const {submission, look} = following(report => reports.push(report), recipe)
  await writeMessage(submission.folder, {index: 0, restarts: 0}, ELSEWHERE)
  expect(await look({...running, state: 'ended'})).toBe('settled')
  const message = 'another process is at work on it, in an unknown folder'
  expect(reports.at(-1)).toMatchObject({state: 'failed', failure: {kind: 'busy', message}})
})
