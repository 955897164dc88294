import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test, vi} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {failureText, tasksIn, tasksInQueue} from './queue.ts'

/** As Slurm 22.05 writes it. */
const old = (changes: object) => ({
  job_id: 9,
  array_job_id: 5,
  array_task_id: 3,
  array_task_string: '',
  name: 'svft-0123456789ab',
  job_state: 'RUNNING',
  exit_code: 0,
  restart_cnt: 0,
  ...changes,
})

const number = (value: number) => ({set: true, infinite: false, number: value})
const none = {set: false, infinite: false, number: 0}

/** As Slurm 24.11 writes it. */
const recent = (changes: object) => ({
  ...old({}),
  array_job_id: number(5),
  array_task_id: number(3),
  job_state: ['RUNNING'],
  exit_code: {status: ['SUCCESS'], return_code: number(0), signal: {id: none, name: ''}},
  ...changes,
})

const tasks = (...jobs: object[]) => tasksIn(JSON.stringify({meta: {}, errors: [], jobs}))

test('numbers and states of old and recent versions of Slurm are read as the same tasks', () => {
  const first = {exitCode: 0, signal: 0, restarts: 0}
  const running = {index: 3, id: '5_3', state: 'running', word: 'RUNNING', ...first, delayed: false}
  expect(tasks(old({}), recent({}))).toEqual([running, running].map(task => ({name: 'svft-0123456789ab', ...task})))

  const exit = (code: number, id: object, name: string) => ({
    status: ['ERROR'],
    return_code: number(code),
    signal: {id, name},
  })
  const failed = tasks(
    old({job_state: 'FAILED', exit_code: 75 << 8}),
    recent({job_state: ['FAILED'], exit_code: exit(75, none, '')}),
  )
  expect(failed).toMatchObject([1, 2].map(() => ({state: 'ended', exitCode: 75, signal: 0})))
  const killed = tasks(
    old({job_state: 'FAILED', exit_code: 9}),
    recent({job_state: ['FAILED'], exit_code: exit(0, number(9), 'SIGKILL')}),
  )
  expect(killed).toMatchObject([1, 2].map(() => ({state: 'ended', exitCode: 0, signal: 9})))
})

test('a waiting array is one entry with all its indices', () => {
  const waiting = {job_id: 5, array_task_id: null, array_task_string: '0-2,7,9-13:2%4', job_state: 'PENDING'}
  expect(tasks(old(waiting)).map(({index}) => index)).toEqual([0, 1, 2, 7, 9, 11, 13])
  expect(tasks(recent({...waiting, array_task_id: none})).map(({id}) => id)).toContain('5_13')
})

test('a completing task has not ended, a requeued one waits, and cancelled is a state of its own', () => {
  const states = [['FAILED', 'COMPLETING'], ['PENDING', 'REQUEUED'], ['CANCELLED'], ['NODE_FAIL'], ['TIMEOUT'], []]
  expect(tasks(...states.map(job_state => recent({job_state}))).map(({state}) => state)).toEqual([
    'running',
    'waiting',
    'cancelled',
    'ended',
    'ended',
    'running',
  ])
})

test('a job without an array has the index 0', () => {
  expect(tasks(old({array_job_id: 0, array_task_id: null}))).toMatchObject([{id: '9_0', index: 0}])
})

test('a task that waits for more than its turn has an obstacle', () => {
  const waiting = (state_reason: string | undefined, job_state = 'PENDING') => old({job_state, state_reason})
  const reasons = [waiting('None'), waiting('Resources'), waiting(undefined), waiting('JobHeldUser', 'RUNNING')]
  expect(tasks(...reasons).map(({obstacle}) => obstacle)).toEqual([undefined, undefined, undefined, undefined])
  expect(tasks(waiting('JobHeldUser'))).toMatchObject([{state: 'waiting', obstacle: 'JobHeldUser'}])
})

test('a requeued task is delayed until it is eligible', () => {
  const [past, future] = [60, -60].map(ago => Math.round(Date.now() / 1000) - ago)
  const delayed = (restart_cnt: number, time: number, job_state = 'PENDING') =>
    tasks(
      old({restart_cnt, job_state, eligible_time: time}),
      recent({restart_cnt, job_state: [job_state], eligible_time: number(time)}),
    ).map(task => task.delayed)
  expect(delayed(1, future)).toEqual([true, true])
  expect([delayed(1, past), delayed(0, future), delayed(1, future, 'RUNNING')].flat()).not.toContain(true)
})

test('a command that reaches no cluster is reported by its last line, with where to run it', () => {
  const unreachable = [
    'squeue: error: resolve_ctls_from_dns_srv: res_nsearch error: Unknown host',
    'squeue: error: fetch_config: DNS SRV lookup failed',
    'squeue: fatal: Could not establish a configuration source',
  ]
  expect(failureText('squeue', `${unreachable.join('\n')}\n`)).toBe(
    'squeue: fatal: Could not establish a configuration source; run this on a login node of the cluster',
  )
  const invalid = 'sbatch: error: invalid partition specified: x\nsbatch: error: Batch job submission failed\n'
  expect(failureText('sbatch', invalid)).toBe(
    'sbatch: error: invalid partition specified: x; sbatch: error: Batch job submission failed',
  )
  expect(failureText('sbatch', '')).toBe('sbatch: failed')
})

test('a stop does not wait for a Slurm that does not answer', async () => {
  const folder = openFolder()
  writeFileSync(join(folder, 'squeue'), '#!/bin/sh\nexec sleep 50\n', {mode: 0o755})
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
  const stop = new AbortController()
  const asked = tasksInQueue(stop.signal)
  const reason = new Error('stopped')
  stop.abort(reason)
  await expect(asked).rejects.toBe(reason)
  vi.unstubAllEnvs()
}, 5000)
