import {compact} from '../../base/collections.ts'
import {hasState} from '../../recipes/attempts.ts'
import type {RunEvent} from '../../recipes/events.ts'
import {runFolderAt} from '../../recipes/run-folder.ts'
import {type CellReport, type CellRun, reportOf} from '../cell-report.ts'
import {readStatus} from '../cell-status.ts'
import {openFolders} from '../run-folders.ts'
import type {SweepEvent} from '../sweep.ts'
import {type ArrayTask, requeue} from './queue.ts'
import type {Submission} from './submission.ts'
import {isBeyond, lastLines, type Reached, readMessage, type TaskMessage} from './task-message.ts'

/** A cell whose task is followed, with the observed state of the task. */
export interface FollowedTask {
  /** Its folder may be found only once another process works there. */
  readonly run: CellRun
  readonly submission: Pick<Submission, 'name' | 'folder'>
  readonly index: number
  /** The task's name in Slurm's commands. */
  readonly id: string
  readonly start: TaskStart
  /** Whether another process is working in the run's folder. */
  readonly isElsewhere: boolean
  /** How many of its processes have died. */
  readonly deaths: number
  /** How many times in a row Slurm did not list it. */
  readonly missing: number
  /** How far it had got when it stopped. */
  readonly stoppedAt?: Reached | undefined
}

/** The last start of a task. */
interface TaskStart {
  readonly restarts: number
  readonly isRunning: boolean
  /** Whether the next restart was requested here. */
  readonly isExpected: boolean
  /** Its messages and warnings that have been reported. */
  readonly messages: number
  readonly warnings: number
}

const newStart = (restarts: number): TaskStart => ({
  restarts,
  isRunning: false,
  isExpected: false,
  messages: 0,
  warnings: 0,
})

/** The part of a followed task that Slurm's queue determines. */
export type QueuedTask = Pick<FollowedTask, 'submission' | 'index' | 'id'> & Pick<TaskStart, 'restarts'>

export const followedTask = (run: CellRun, {restarts, ...task}: QueuedTask): FollowedTask => ({
  run,
  ...task,
  start: newStart(restarts),
  isElsewhere: false,
  deaths: 0,
  missing: 0,
})

/** A task after a look at it, with the next action: follow it further, submit its cell again, or nothing more. */
export interface Followed {
  readonly one: FollowedTask
  readonly next: 'follow' | 'submit' | 'settled'
}

export interface FollowOptions {
  /** Undefined if Slurm does not list it. */
  readonly task: ArrayTask | undefined
  readonly onEvent: (event: SweepEvent) => void
  readonly onReport: (label: string, report: CellReport) => void
}

/** Looks at a task once, and reports changes. */
export async function follow(before: FollowedTask, options: FollowOptions): Promise<Followed> {
  const {task, onReport} = options
  const found = {...before, missing: task ? 0 : before.missing + 1}
  if (found.isElsewhere) return watchElsewhere(found, options)
  const started = task && task.restarts > found.start.restarts ? await restarted(found, task, options) : found
  const message = await messageOf(started)
  const one = {...started, start: reportNew(started, message, options)}
  const mayGoOn =
    task?.state === 'waiting' ||
    task?.state === 'running' || // also while it is about to end
    (!task && !message?.ended && one.missing < MOST_MISSING)
  if (mayGoOn) return {one, next: 'follow'}
  const {report, ...ended} = await afterEnd(one, message, task)
  onReport(one.run.cell.label, report)
  const isRequeued = ended.next === 'submit' && task !== undefined && (await requeue(task.id))
  if (!isRequeued) return ended
  return {one: {...ended.one, start: {...ended.one.start, isExpected: true}}, next: 'follow'}
}

/** A task that Slurm does not list this many times in a row is gone. */
const MOST_MISSING = 3

const messageOf = ({submission, index, start}: FollowedTask): Promise<TaskMessage | undefined> =>
  readMessage(submission.folder, {index, restarts: start.restarts})

/** Slurm puts a task back into the queue by itself after exit code 75, if it is set up so, or when its node has failed. */
async function restarted(one: FollowedTask, task: ArrayTask, {onReport}: FollowOptions): Promise<FollowedTask> {
  const before = await messageOf(one)
  if (!one.start.isExpected && one.start.isRunning) {
    const reason = `its node failed, or another job took its place; Slurm has put ${task.id} back into the queue`
    const isStopped = before?.ended?.type === 'stopped'
    onReport(one.run.cell.label, isStopped ? await pendingReport(one) : lostReport(one, reason))
  }
  return {...one, start: newStart(task.restarts)}
}

/** Reports what is new of a task's start; returns the start with what has been reported. */
function reportNew(one: FollowedTask, message: TaskMessage | undefined, options: FollowOptions): TaskStart {
  const {task, onEvent, onReport} = options
  const {label} = one.run.cell
  const {start} = one
  const isRunning = start.isRunning || message !== undefined || task?.state === 'running'
  if (isRunning && !start.isRunning) onReport(label, reportAs(one, 'running'))
  if (!message || message.n === start.messages) return {...start, isRunning}
  const warnings: RunEvent[] = message.warnings.slice(start.warnings).map(text => ({type: 'warning', text}))
  for (const event of compact([...warnings, message.event])) onEvent({type: 'run', label, event})
  return {...start, isRunning, messages: message.n, warnings: message.warnings.length}
}

interface EndedTask extends Followed {
  readonly report: CellReport
}

/** Judges a task whose process has ended by the run's folder, else by the task's last message, else by Slurm. */
async function afterEnd(
  one: FollowedTask,
  message: TaskMessage | undefined,
  task: ArrayTask | undefined,
): Promise<EndedTask> {
  const ended = message?.ended
  const folder = ended?.type === 'done' ? runFolderAt(ended.folder) : one.run.folder
  const status = folder && (await readStatus(folder))
  if (status?.state === 'done') return {one, next: 'settled', report: reportOf(status, folder)}
  if (ended?.type === 'failed') {
    return {one, next: 'settled', report: {...reportAs(one, 'failed'), failure: {...ended.failure, lines: ended.lines}}}
  }
  if (ended?.type === 'busy') return afterBusy(one, ended.lines)
  if (task?.state === 'cancelled') {
    const text = `Slurm job ${task.id} was cancelled; the same command submits it again`
    return {one, next: 'settled', report: {...(await pendingReport(one)), failure: {kind: 'failed', message: text}}}
  }
  const stopped = ended?.type === 'stopped' ? {...one, stoppedAt: {...one.stoppedAt, ...message?.reached}} : one
  if (ended?.type === 'stopped' && hasAdvanced(message?.reached, one.stoppedAt)) {
    return {one: stopped, next: 'submit', report: await pendingReport(one)}
  }
  const lines = ended ? ended.lines : await lastLines(one.submission.folder, one.index)
  return {
    one: {...stopped, deaths: one.deaths + 1},
    next: one.deaths > 0 ? 'settled' : 'submit', // a cell is tried twice
    report: lostReport(one, deathText(one, {ended, task}), lines),
  }
}

/** Another process is working on the run: it is watched from now on, if its folder is known. */
async function afterBusy(one: FollowedTask, lines: readonly string[]): Promise<EndedTask> {
  const {cell, folder = await openFolders().of(cell.recipe)} = one.run
  if (!folder) {
    const message = 'another process is at work on it, in an unknown folder'
    return {one, next: 'settled', report: {...reportAs(one, 'failed'), failure: {kind: 'busy', message, lines}}}
  }
  const watched = {...one, run: {...one.run, folder}, isElsewhere: true}
  return {one: watched, next: 'follow', report: {...reportAs(watched, 'running'), elsewhere: true}}
}

/** Whether a task has got further than at its last stop: a time limit can be too short for a single step. */
const hasAdvanced = (reached: Reached = {}, before?: Reached): boolean =>
  before === undefined || isBeyond(reached, before)

async function watchElsewhere(one: FollowedTask, {onReport}: FollowOptions): Promise<Followed> {
  const {cell, folder} = one.run
  const status = folder && (await readStatus(folder))
  if (status?.state === 'running') return {one, next: 'follow'}
  if (status?.state !== 'done') return {one, next: 'submit'}
  onReport(cell.label, reportOf(status, folder))
  return {one, next: 'settled'}
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
})

/** The report of a task that has stopped, or never began: whether there is a checkpoint is in the run's folder. */
async function pendingReport(one: FollowedTask): Promise<CellReport> {
  const {folder} = one.run
  const isSaved = folder !== undefined && (await hasState(folder))
  return {...reportAs(one, 'pending'), stopped: isSaved || undefined}
}

const lostReport = (one: FollowedTask, message: string, lines: readonly string[] = []): CellReport => ({
  ...reportAs(one, 'lost'),
  failure: {kind: 'failed', message, lines},
})
