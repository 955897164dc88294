import {expect, test} from 'vitest'
import {runFolderAt} from '../recipes/run-folder.ts'
import type {Row} from '../results/row.ts'
import type {CellRun} from './cell-report.ts'
import type {CellStatus} from './cell-status.ts'
import {type CellEvent, initial, type Phase, type ScheduledCell, transition} from './transitions.ts'

const folder = runFolderAt('runs/a')
const row = {recipe: 'a'} as Row
const failure = {kind: 'input', message: 'no such file'} as const
const lost: CellEvent = {type: 'lost', message: 'its process was killed by SIGKILL', lines: ['last']}
const read = (status: CellStatus): CellEvent => ({type: 'read', status})
const after = (...events: readonly CellEvent[]): ScheduledCell =>
  events.reduce(transition, initial({folder, status: {state: 'pending'}} as CellRun))

const STATUSES: readonly CellStatus[] = [
  {state: 'pending'},
  {state: 'running'},
  {state: 'done', row},
  {state: 'failed', failure},
  {state: 'lost'},
]
const phasesAfter = (...events: readonly CellEvent[]): readonly Phase[] =>
  STATUSES.map(status => after(...events, read(status)).phase)

test('a waiting cell is run unless another process is working on it or has done it', () => {
  expect(phasesAfter()).toEqual(['waiting', 'elsewhere', 'settled', 'waiting', 'waiting'])
})

test('a cell elsewhere is taken over if its process has stopped or died, and settled if that has done or failed it', () => {
  const running = read({state: 'running'})
  expect(phasesAfter(running)).toEqual(['waiting', 'elsewhere', 'settled', 'settled', 'waiting'])
  expect(after(running, read({state: 'lost'})).report).toMatchObject({state: 'pending', folder: 'runs/a'})
  expect(after(running, read({state: 'failed', failure})).report).toMatchObject({state: 'failed', failure})
})

test('a cell is reported as its worker begins and ends it', () => {
  const begun: CellEvent = {type: 'begun'}
  expect(after(begun)).toMatchObject({phase: 'running', report: {state: 'running', folder: 'runs/a'}})
  expect(after(begun, {type: 'done', folder: 'runs/b', row, lines: []})).toMatchObject({
    phase: 'settled',
    report: {state: 'done', folder: 'runs/b', row},
  })
  expect(after(begun, {type: 'stopped', isSaved: true})).toMatchObject({
    phase: 'settled',
    report: {state: 'pending', stopped: true},
  })
  expect(after(begun, {type: 'stopped', isSaved: false}).report.stopped).toBeUndefined()
  expect(after(begun, {type: 'failed', failure, lines: ['last']})).toMatchObject({
    phase: 'settled',
    report: {state: 'failed', failure: {...failure, lines: ['last']}},
  })
})

test('a cell that is lost is tried once more', () => {
  const begun: CellEvent = {type: 'begun'}
  expect(after(begun, lost)).toMatchObject({phase: 'waiting', deaths: 1, report: {state: 'lost'}})
  expect(after(begun, lost, begun, lost)).toMatchObject({phase: 'settled', deaths: 2, report: {state: 'lost'}})
  expect(after(begun, lost).report.failure).toMatchObject({lines: ['last']})
})

test('a cell that is taken by another process is watched in the folder that was found', () => {
  const found = after({type: 'begun'}, {type: 'taken', folder: runFolderAt('runs/c')})
  expect(found).toMatchObject({phase: 'elsewhere', report: {state: 'running', folder: 'runs/c', elsewhere: true}})
})

test('an event that changes nothing leaves the same object', () => {
  const waiting = after()
  expect(transition(waiting, read({state: 'pending'}))).toBe(waiting)
  const elsewhere = after(read({state: 'running'}))
  expect(transition(elsewhere, read({state: 'running'}))).toBe(elsewhere)
  const advice = 'runs/a: process 7 on far is at work here'
  expect(transition(elsewhere, read({state: 'running', advice}))).toMatchObject({phase: 'elsewhere', report: {advice}})
})
