import type {RunEvent} from '../../recipes/events.ts'
import {runFolderAt} from '../../recipes/run-folder.ts'
import {standingOf} from '../cell-state.ts'
import {type CellReport, reportOf, type SweepEvent, type SweepJob} from '../sweep.ts'
import {type ArrayTask, requeue} from './queue.ts'
import {lastLines, readSaid, type Submission, type TaskMessage} from './submission.ts'

/** A cell whose task is followed, and what of it has been seen. */
export interface Followed {
  readonly job: SweepJob
  readonly submission: Pick<Submission, 'name' | 'folder'>
  readonly index: number
  /** What Slurm's commands call it. */
  readonly id: string
  restarts: number
  running: boolean
  /** It was put back into the queue from here, or said that it would stop. */
  expected: boolean
  /** Another process is at work in the run's own folder. */
  away: boolean
  /** How much of what it said since its last start has been told. */
  said: number
  warned: number
  /** How often it died without a word. */
  deaths: number
  /** How often in a row Slurm did not know it. */
  missing: number
  /** Where it stood when it stopped. */
  stoppedAt?: number | undefined
}

export interface FollowOptions {
  /** Undefined where Slurm does not know it. */
  readonly task: ArrayTask | undefined
  readonly tell: (event: SweepEvent) => void
  readonly report: (label: string, report: CellReport) => void
}

/** Looks at a task once, and tells what is new. Answers what is to be done next: `submit` is to submit its cell again. */
export async function follow(one: Followed, options: FollowOptions): Promise<'follow' | 'submit' | 'over'> {
  const {task} = options
  if (one.away) return away(one, options)
  if (task && task.restarts > one.restarts) await beganAnew(one, task, options)
  const said = await readSaid(one.submission.folder, one.index, one.restarts)
  tellNew(one, said, options)
  if (task?.state === 'waiting') return 'follow'
  if (task?.state === 'running' && !said?.ended) return 'follow' // or it is about to end
  if (!task && !said?.ended && one.missing++ < 2) return 'follow'
  if (task?.state === 'running') return 'follow'
  return over(one, said, options)
}

/** Slurm itself put it back into the queue: after exit code 75, where it is set up so, or because its node is gone. */
async function beganAnew(one: Followed, task: ArrayTask, {report}: FollowOptions): Promise<void> {
  const before = await readSaid(one.submission.folder, one.index, one.restarts)
  const stopped = before?.ended?.type === 'stopped'
  if (!one.expected && one.running) {
    const message = `its node failed, or another job took its place; Slurm has put ${task.id} back into the queue`
    report(one.job.cell.label, stopped ? stateOf(one, 'pending') : lost(one, message))
  }
  Object.assign(one, {restarts: task.restarts, running: false, expected: false, said: 0, warned: 0})
}

function tellNew(one: Followed, said: TaskMessage | undefined, {task, tell, report}: FollowOptions): void {
  const {label} = one.job.cell
  if (!one.running && (said || task?.state === 'running')) {
    one.running = true
    report(label, stateOf(one, 'running'))
  }
  if (!said || said.n === one.said) return
  one.said = said.n
  const events: RunEvent[] = said.warnings.slice(one.warned).map(text => ({type: 'warning', text}))
  one.warned = said.warnings.length
  for (const event of [...events, ...(said.event ? [said.event] : [])]) tell({type: 'run', label, event})
}

/** Its process has ended: the run's folder says how it stands, then what it said, then Slurm. */
async function over(
  one: Followed,
  said: TaskMessage | undefined,
  options: FollowOptions,
): Promise<'follow' | 'submit' | 'over'> {
  const {task, report} = options
  const {label} = one.job.cell
  const ended = said?.ended
  const place = ended?.type === 'done' ? runFolderAt(ended.folder, '') : one.job.folder
  const standing = place && (await standingOf(place))
  if (place && standing?.state === 'done') {
    report(label, reportOf({...one.job, folder: place}, standing))
    return 'over'
  }
  if (ended?.type === 'failed') {
    report(label, {...stateOf(one, 'failed'), failure: {...ended.failure, lines: ended.lines}})
    return 'over'
  }
  if (ended?.type === 'busy') {
    one.away = true
    report(label, {...stateOf(one, 'running'), elsewhere: true})
    return 'follow'
  }
  if (task?.state === 'cancelled') {
    const message = `Slurm's job ${task.id} was cancelled; the same command submits it again`
    report(label, {...stateOf(one, 'pending'), failure: {kind: 'failed', message}})
    return 'over'
  }
  if (ended?.type === 'stopped' && !stuck(one, said)) {
    report(label, stateOf(one, 'pending'))
    return again(one, task)
  }
  const lines = ended ? ended.lines : await lastLines(one.submission.folder, one.index)
  report(label, lost(one, ended ? ending(one, ended.type) : howItDied(one, task), lines))
  if (one.deaths++ > 0) return 'over'
  return again(one, task)
}

/** Back into the queue at once, or, where Slurm does not allow that, as a task of another array. */
async function again(one: Followed, task: ArrayTask | undefined): Promise<'follow' | 'submit'> {
  if (!task || !(await requeue(task.id))) return 'submit'
  one.expected = true
  return 'follow'
}

/** A time limit can be too short for a single step. */
function stuck(one: Followed, said: TaskMessage | undefined): boolean {
  const event = said?.event
  const step = event?.type === 'step' ? event.report.step : 0
  const before = one.stoppedAt
  one.stoppedAt = step
  return before !== undefined && step <= before
}

async function away(one: Followed, {report}: FollowOptions): Promise<'follow' | 'submit' | 'over'> {
  const standing = one.job.folder && (await standingOf(one.job.folder))
  if (standing?.state === 'running') return 'follow'
  if (standing?.state !== 'done') return 'submit'
  report(one.job.cell.label, reportOf(one.job, standing))
  return 'over'
}

function howItDied({id}: Followed, task: ArrayTask | undefined): string {
  if (!task) return `Slurm's job ${id} is gone`
  const word = ['FAILED', 'COMPLETED'].includes(task.word) ? '' : ` (${task.word.toLowerCase().replaceAll('_', ' ')})`
  if (task.signal !== 0) return `Slurm's job ${id} was killed by signal ${task.signal}${word}`
  return `Slurm's job ${id} ended with code ${task.exitCode}${word}`
}

const ending = ({id}: Followed, type: string) =>
  type === 'stopped' ? `Slurm's job ${id} stopped twice at the same step: its time is too short` : `its process died`

const stateOf = ({job}: Followed, state: CellReport['state']): CellReport => ({
  ...reportOf(job, {state: 'running'}),
  state,
  ...(state === 'pending' ? {stopped: true} : {}),
})

const lost = (one: Followed, message: string, lines: readonly string[] = []): CellReport => ({
  ...stateOf(one, 'lost'),
  failure: {kind: 'failed', message, lines},
})
