import {mkdtempSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import type {CellReport, CellRun} from '../cell-report.ts'
import {follow, followedTask} from './follow.ts'
import type {ArrayTask} from './queue.ts'

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
}

test('a task is lost only if Slurm does not list it three times in a row', async () => {
  const run = {cell: {label: 'a'}, status: {state: 'pending'}} as CellRun
  const submission = {name: 'svft-0', folder: mkdtempSync(join(tmpdir(), 'svft-'))}
  const one = followedTask(run, {submission, index: 0, id: '7_0', restarts: 0})
  const reports: CellReport[] = []
  const look = (task: ArrayTask | undefined) =>
    follow(one, {task, onEvent: () => {}, onReport: (_, report) => reports.push(report)})
  for (const task of [undefined, undefined, running, undefined, undefined]) expect(await look(task)).toBe('follow')
  expect(reports.map(({state}) => state)).toEqual(['running'])
  expect(await look(undefined)).toBe('submit')
  expect(reports.at(-1)).toMatchObject({state: 'lost', failure: {message: 'Slurm job 7_0 has disappeared'}})
})
