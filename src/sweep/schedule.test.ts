import {expect, test} from 'vitest'
import {runFolderAt} from '../recipes/run-folder.ts'
import type {Row} from '../results/row.ts'
import type {CellReport, CellRun} from './cell-report.ts'
import type {CellStatus} from './cell-status.ts'
import {openSchedule} from './schedule.ts'

const run = (label: string, status: CellStatus): CellRun =>
  ({cell: {label}, folder: runFolderAt(`runs/${label}`), status}) as CellRun
const done: CellStatus = {state: 'done', row: {recipe: 'a'} as Row}
const lost = {type: 'lost', message: 'killed', lines: []} as const

function open(...runs: readonly CellRun[]) {
  const reports: (readonly [string, CellReport['state']])[] = []
  const schedule = openSchedule(runs, (label, {state}) => reports.push([label, state]))
  return {schedule, reports}
}

test('cells that are done are reported and not queued, and cells elsewhere are watched', () => {
  const [a, b, c, d] = [
    run('a', {state: 'pending'}),
    run('b', done),
    run('c', {state: 'running'}),
    run('d', {state: 'lost'}),
  ]
  const {schedule, reports} = open(a, b, c, d)
  expect(reports).toEqual([
    ['b', 'done'],
    ['c', 'running'],
  ])
  expect([schedule.next(), schedule.next(), schedule.next()]).toEqual([a, d, undefined])
  expect(schedule.elsewhere()).toEqual([c])
  expect([...schedule.reports()].map(([label, {state}]) => [label, state])).toEqual([
    ['a', 'pending'],
    ['b', 'done'],
    ['c', 'running'],
    ['d', 'lost'],
  ])
})

test('a cell that was lost or left by another process is queued behind all others', () => {
  const [a, b, c] = [run('a', {state: 'pending'}), run('b', {state: 'running'}), run('c', {state: 'pending'})]
  const {schedule} = open(a, b, c)
  expect(schedule.next()).toBe(a)
  schedule.apply(a, {type: 'begun'})
  schedule.apply(a, lost)
  schedule.apply(b, {type: 'read', status: {state: 'pending'}})
  expect([schedule.next(), schedule.next(), schedule.next(), schedule.next()]).toEqual([c, a, b, undefined])
})

test('a schedule is idle when nothing waits for a worker or for another process', () => {
  const [a, b] = [run('a', {state: 'pending'}), run('b', {state: 'running'})]
  const {schedule} = open(a, b)
  expect(schedule.isIdle()).toBe(false)
  schedule.next()
  expect(schedule.isIdle()).toBe(false)
  schedule.apply(b, {type: 'read', status: done})
  expect(schedule.isIdle()).toBe(true)
})
