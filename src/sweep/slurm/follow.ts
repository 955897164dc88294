import type {RunEvent} from '../../recipes/events.ts'
import {runFolderAt} from '../../recipes/run-folder.ts'
import {type CellReport, type CellRun, reportOf} from '../cell-report.ts'
import {readStatus} from '../cell-status.ts'
import {openFolders} from '../run-folders.ts'
import type {SweepEvent} from '../sweep.ts'
import {type ArrayTask, requeue} from './queue.ts'
import {isBeyond, type Reached} from './reached.ts'
import type {Submission} from './submission.ts'
import {lastLines, readMessage, type TaskMessage} from './task-message.ts'

/** A cell whose task is followed, with the observed state of the task. */
export interface FollowedTask {
  /** Its folder may be found only once another process works there. */
  run: CellRun
  readonly submission: Pick<Submission, 'name' | 'folder'>
  readonly index: number
  /** The task's name in Slurm's commands. */
  readonly id: string
  restarts: number
  isRunning: boolean
  /** Whether its next restart was requested here. */
  isExpected: boolean
  /** Whether another process is working in the run's folder. */
  isElsewhere: boolean
  /** Messages and warnings of its last start that have been reported. */
  messages: number
  warnings: number
  /** How many of its processes have died. */
  deaths: number
  /** How many times in a row Slurm did not list it. */
  missing: number
  /** How far it had got when it stopped. */
  stoppedAt?: Reached | undefined
}

/** The part of a followed task that Slurm's queue determines. */
export type QueuedTask = Pick<FollowedTask, 'submission' | 'index' | 'id' | 'restarts'>

export const followedTask = (run: CellRun, task: QueuedTask): FollowedTask => ({
  run,
  ...task,
  isRunning: false,
  isExpected: false,
  isElsewhere: false,
  messages: 0,
  warnings: 0,
  deaths: 0,
  missing: 0,
})

/** The next action for a task: follow it further, submit its cell again, or nothing more. */
export type NextAction = 'follow' | 'submit' | 'settled'

export interface FollowOptions {
  /** Undefined if Slurm does not list it. */
  readonly task: ArrayTask | undefined
  readonly onEvent: (event: SweepEvent) => void
  readonly onReport: (label: string, report: CellReport) => void
}

/** Looks at a task once, reports changes, and returns the next action. */
export async function follow(one: FollowedTask, options: FollowOptions): Promise<NextAction> {
  const {task} = options
  one.missing = task ? 0 : one.missing + 1
  if (one.isElsewhere) return watchElsewhere(one, options)
  if (task && task.restarts > one.restarts) await noteRestart(one, task, options)
  const message = await readMessage(one.submission.folder, one.index, one.restarts)
  reportNew(one, message, options)
  if (task?.state === 'waiting' || task?.state === 'running') return 'follow' // also while it is about to end
  if (!task && !message?.ended && one.missing < MOST_MISSING) return 'follow'
  return afterEnd(one, message, options)
}

/** A task that Slurm does not list this many times in a row is gone. */
const MOST_MISSING = 3

/** Slurm puts a task back into the queue by itself after exit code 75, if it is set up so, or when its node has failed. */
async function noteRestart(one: FollowedTask, task: ArrayTask, {onReport}: FollowOptions): Promise<void> {
  const before = await readMessage(one.submission.folder, one.index, one.restarts)
  if (!one.isExpected && one.isRunning) {
    const reason = `its node failed, or another job took its place; Slurm has put ${task.id} back into the queue`
    onReport(one.run.cell.label, before?.ended?.type === 'stopped' ? reportAs(one, 'pending') : lostReport(one, reason))
  }
  Object.assign(one, {restarts: task.restarts, isRunning: false, isExpected: false, messages: 0, warnings: 0})
}

function reportNew(one: FollowedTask, message: TaskMessage | undefined, options: FollowOptions): void {
  const {task, onEvent, onReport} = options
  const {label} = one.run.cell
  if (!one.isRunning && (message || task?.state === 'running')) {
    one.isRunning = true
    onReport(label, reportAs(one, 'running'))
  }
  if (!message || message.n === one.messages) return
  const warnings: RunEvent[] = message.warnings.slice(one.warnings).map(text => ({type: 'warning', text}))
  one.messages = message.n
  one.warnings = message.warnings.length
  for (const event of [...warnings, ...(message.event ? [message.event] : [])]) onEvent({type: 'run', label, event})
}

/** Settles a task whose process has ended, by the run's folder, else by the task's last message, else by Slurm. */
async function afterEnd(
  one: FollowedTask,
  message: TaskMessage | undefined,
  options: FollowOptions,
): Promise<NextAction> {
  const {task, onReport} = options
  const {label} = one.run.cell
  const ended = message?.ended
  const folder = ended?.type === 'done' ? runFolderAt(ended.folder) : one.run.folder
  const status = folder && (await readStatus(folder))
  if (status?.state === 'done') {
    onReport(label, reportOf(status, folder))
    return 'settled'
  }
  if (ended?.type === 'failed') {
    onReport(label, {...reportAs(one, 'failed'), failure: {...ended.failure, lines: ended.lines}})
    return 'settled'
  }
  if (ended?.type === 'busy') {
    const {cell, folder = await openFolders().of(cell.recipe)} = one.run
    if (!folder) {
      const text = 'another process is at work on it, in an unknown folder'
      onReport(label, {...reportAs(one, 'failed'), failure: {kind: 'busy', message: text, lines: ended.lines}})
      return 'settled'
    }
    one.run = {...one.run, folder}
    one.isElsewhere = true
    onReport(label, {...reportAs(one, 'running'), elsewhere: true})
    return 'follow'
  }
  if (task?.state === 'cancelled') {
    const text = `Slurm job ${task.id} was cancelled; the same command submits it again`
    onReport(label, {...reportAs(one, 'pending'), failure: {kind: 'failed', message: text}})
    return 'settled'
  }
  if (ended?.type === 'stopped' && hasAdvanced(one, message?.reached)) {
    onReport(label, reportAs(one, 'pending'))
    return requeueOrSubmit(one, task)
  }
  const lines = ended ? ended.lines : await lastLines(one.submission.folder, one.index)
  onReport(label, lostReport(one, deathText(one, {ended, task}), lines))
  return one.deaths++ > 0 ? 'settled' : requeueOrSubmit(one, task)
}

/** Puts a task back into the queue or, if Slurm does not allow that, has its cell submitted in another array. */
async function requeueOrSubmit(one: FollowedTask, task: ArrayTask | undefined): Promise<NextAction> {
  if (!task || !(await requeue(task.id))) return 'submit'
  one.isExpected = true
  return 'follow'
}

/** Whether a task has got further than at its last stop: a time limit can be too short for a single step. */
function hasAdvanced(one: FollowedTask, reached: Reached = {}): boolean {
  const before = one.stoppedAt
  one.stoppedAt = {...before, ...reached}
  return before === undefined || isBeyond(reached, before)
}

async function watchElsewhere({run}: FollowedTask, {onReport}: FollowOptions): Promise<NextAction> {
  const status = run.folder && (await readStatus(run.folder))
  if (status?.state === 'running') return 'follow'
  if (status?.state !== 'done') return 'submit'
  onReport(run.cell.label, reportOf(status, run.folder))
  return 'settled'
}

function deathText(
  {id}: FollowedTask,
  {ended, task}: Pick<TaskMessage, 'ended'> & Pick<FollowOptions, 'task'>,
): string {
  if (ended?.type === 'stopped') return `Slurm job ${id} stopped twice at the same point: its time limit is too short`
  if (ended) return 'its process died'
  if (!task) return `Slurm job ${id} has disappeared`
  const state = ['FAILED', 'COMPLETED'].includes(task.word) ? '' : ` (${task.word.toLowerCase().replaceAll('_', ' ')})`
  if (task.signal !== 0) return `Slurm job ${id} was killed by signal ${task.signal}${state}`
  return `Slurm job ${id} ended with code ${task.exitCode}${state}`
}

const reportAs = ({run}: FollowedTask, state: CellReport['state']): CellReport => ({
  state,
  folder: run.folder?.path,
  stopped: state === 'pending' || undefined,
})

const lostReport = (one: FollowedTask, message: string, lines: readonly string[] = []): CellReport => ({
  ...reportAs(one, 'lost'),
  failure: {kind: 'failed', message, lines},
})
