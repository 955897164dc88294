import {setTimeout} from 'node:timers/promises'
import {groupBy} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import {pluralize} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import {readHubSettings} from '../../hub/settings.ts'
import {type CellReport, type CellRun, reportOf} from '../cell-report.ts'
import {collectSuites, type SweepEvent, type SweepResult} from '../sweep.ts'
import {type Followed, type FollowedTask, type FollowOptions, follow} from './follow.ts'
import {type ArrayTask, cancel, isLive, startNow, tasksInQueue} from './queue.ts'
import {clearSubmissions, submissions} from './submission.ts'
import {type SubmitOptions, takeUpOrSubmit} from './take-up.ts'

export interface SlurmOptions extends SubmitOptions {
  /** The first cell that fails, or is lost for good, cancels the others. */
  readonly failFast: boolean
}

/** How often the queue is read. */
const POLL_MS = 2000

/** A resubmission that Slurm refuses is tried again for about half an hour. */
const MOST_REFUSALS = 32
const LONGEST_PAUSE_MS = 60_000

/**
 * Runs all cells that are not done as tasks of Slurm's arrays, and follows them. The runs' folders record the finished
 * cells, and Slurm's queue the tasks at work: the same sweep later follows those tasks, and submits the other cells.
 */
export async function sweepOnSlurm(runs: readonly CellRun[], options: SlurmOptions): Promise<SweepResult> {
  const {onEvent, failFast} = options
  const failing = new AbortController()
  const signal = AbortSignal.any([options.signal, failing.signal])
  const cells = new Map<string, CellReport>()
  const onReport = (label: string, report: CellReport) => {
    cells.set(label, report)
    onEvent({type: 'state', label, report})
    if (report.state === 'failed' && failFast) failing.abort()
  }
  await readHubSettings() // a fault of the hub's settings is thrown before anything begins
  for (const {cell, folder, status} of runs) {
    if (status.state === 'done') onReport(cell.label, reportOf(status, folder))
    else cells.set(cell.label, {...reportOf(status, folder), state: 'pending'})
  }
  const left = runs.filter(({status}) => status.state !== 'done')
  let following = left.length > 0 && !signal.aborted ? await takeUpOrSubmit(left, {...options, signal}) : []
  let again: readonly FollowedTask[] = []

  const readQueue = openQueue({onEvent, signal})
  const noteObstacles = openObstacles(onEvent)
  const resubmit = openResubmission({...options, signal})
  while (following.length + again.length > 0 && !signal.aborted) {
    const tasks = await readQueue()
    if (tasks) {
      noteObstacles(following, tasks)
      const found = await followAll(following, {tasks, onEvent, onReport})
      if (failFast && found.settled.some(({run}) => cells.get(run.cell.label)?.state === 'lost')) failing.abort()
      following = found.following
      again = [...again, ...found.again]
      const submitted = again.length === 0 || signal.aborted ? undefined : await resubmit(again)
      if (submitted) {
        following = [...following, ...submitted]
        again = []
      }
    }
    if (following.length + again.length > 0) await setTimeout(POLL_MS, undefined, {signal}).catch(() => {})
  }

  const open = [...following, ...again]
  const ids = open.map(({id}) => id)
  if (failing.signal.aborted && ids.length > 0) await cancel(ids)
  if (open.length === 0) await clearDone(runs.filter(({cell}) => cells.get(cell.label)?.state === 'done'))
  const queued = failing.signal.aborted ? [] : [...new Set(ids.map(id => id.replace(/_.*/, '')))]
  return {cells, ...(await collectSuites(cells, {runs, onEvent})), queued: queued.length > 0 ? queued : undefined}
}

type QueuedTasks = ReadonlyMap<string, ArrayTask>

/** Looks at each task once, and groups them by the next action. */
async function followAll(
  open: readonly FollowedTask[],
  {tasks, ...callbacks}: Omit<FollowOptions, 'task'> & {readonly tasks: QueuedTasks},
) {
  const delayed = open.flatMap(one => tasks.get(keyOf(one)) ?? []).filter(task => task.delayed)
  if (delayed.length > 0) await startNow(delayed.map(({id}) => id)) // Slurm would delay them by two minutes
  const all = await Promise.all(open.map(one => follow(one, {task: tasks.get(keyOf(one)), ...callbacks})))
  const having = (action: Followed['next']) => all.filter(({next}) => next === action).map(({one}) => one)
  return {following: having('follow'), again: having('submit'), settled: having('settled')}
}

const keyOf = ({submission, index}: FollowedTask) => `${submission.name} ${index}`

/** Opens Slurm's queue for reading. If it cannot be read, its tasks go on: the function returns undefined, with one note. */
function openQueue({
  onEvent,
  signal,
}: Pick<SlurmOptions, 'onEvent' | 'signal'>): () => Promise<QueuedTasks | undefined> {
  let isSilent = false
  return async () => {
    try {
      const tasks = await tasksInQueue(signal)
      isSilent = false
      return new Map(tasks.map(task => [`${task.name} ${task.index}`, task]))
    } catch (error) {
      if (signal.aborted) return undefined
      const text = `cannot read Slurm's queue; its jobs go on, trying again: ${(error as Error).message}`
      if (!isSilent) onEvent({type: 'note', text})
      isSilent = true
      return undefined
    }
  }
}

/** Opens the notes of why Slurm does not start tasks: one for each reason. */
function openObstacles(onEvent: (event: SweepEvent) => void) {
  const noted = new Set<string>()
  return (following: readonly FollowedTask[], tasks: QueuedTasks): void => {
    const waiting = following.flatMap(one => tasks.get(keyOf(one)) ?? [])
    for (const [obstacle, alike] of groupBy(waiting, task => task.obstacle)) {
      if (obstacle === undefined || noted.has(obstacle)) continue
      noted.add(obstacle)
      const cells = `${pluralize(alike.length, 'cell')}, as ${alike[0].id},`
      onEvent({type: 'note', text: `Slurm does not start ${cells} for the reason ${escapeLine(obstacle, 60)}`})
    }
  }
}

/** Removes the submissions whose cells are all done, unless the queue cannot be read. */
async function clearDone(done: readonly CellRun[]): Promise<void> {
  if ((await submissions()).length === 0) return
  const tasks = await tasksInQueue().catch(() => undefined)
  if (!tasks) return
  const queued = new Set(tasks.filter(isLive).map(({name}) => name))
  await clearSubmissions(
    done.map(({cell}) => cell),
    queued,
  )
}

/**
 * Opens the submission of cells again, with the count of their deaths and the step at which they stopped. If Slurm refuses, the
 * function returns undefined, to be called again: what Slurm accepted nevertheless is then taken up. It waits longer after each
 * refusal, and throws the last one. Each note is made once.
 */
function openResubmission(options: SubmitOptions) {
  const notes = new Set<string>()
  let [refusals, next] = [0, 0]
  const onEvent = (event: SweepEvent) => {
    if (event.type !== 'note' || !notes.has(event.text)) options.onEvent(event)
    if (event.type === 'note') notes.add(event.text)
  }
  return async (tasks: readonly FollowedTask[]): Promise<readonly FollowedTask[] | undefined> => {
    if (performance.now() < next) return undefined
    const before = new Map(tasks.map(({run, deaths, stoppedAt}) => [run, {deaths, stoppedAt}]))
    try {
      const submitted = await takeUpOrSubmit([...before.keys()], {...options, onEvent})
      refusals = 0
      return submitted.map(one => ({...one, ...before.get(one.run)}))
    } catch (error) {
      if (options.signal.aborted) return undefined
      refusals++
      if (!(error instanceof Fault) || error.kind !== 'io' || refusals > MOST_REFUSALS) throw error
      next = performance.now() + Math.min(POLL_MS * 2 ** refusals, LONGEST_PAUSE_MS)
      onEvent({type: 'note', text: `cannot submit cells again; still trying: ${error.message}`})
      return undefined
    }
  }
}
