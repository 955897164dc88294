import {setTimeout} from 'node:timers/promises'
import {readSettings} from '../../hub/settings.ts'
import {type CellReport, collectAll, reportOf, type SweepEvent, type SweepJob, type SweepResult} from '../sweep.ts'
import {begin, submitJobs} from './begin.ts'
import {type Followed, follow} from './follow.ts'
import {type ArrayTask, cancel, hasten, isLive, tasksInQueue} from './queue.ts'
import {clearSubmissions, submissions} from './submission.ts'

export interface SlurmOptions {
  /** As sbatch takes them. */
  readonly options: readonly string[]
  /** So many tasks at a time at most. */
  readonly workers?: number | undefined
  /** The first cell that fails, or is lost for good, cancels the others. */
  readonly failFast?: boolean
  readonly tell?: (event: SweepEvent) => void
  /** Aborted, nobody follows any more; what is in Slurm's queue goes on. */
  readonly signal: AbortSignal
}

/**
 * Does the runs of all cells that are not done as tasks of Slurm's arrays, and follows them. The runs' folders tell what
 * is done, Slurm's queue what goes on: begun again, it takes up the tasks that are there and submits the others.
 */
export async function sweepOnSlurm(jobs: readonly SweepJob[], options: SlurmOptions): Promise<SweepResult> {
  const {tell = () => {}, failFast = false} = options
  const failing = new AbortController()
  const signal = AbortSignal.any([options.signal, failing.signal])
  const cells = new Map<string, CellReport>()
  const report = (label: string, found: CellReport) => {
    cells.set(label, found)
    tell({type: 'state', label, report: found})
    if (found.state === 'failed' && failFast) failing.abort()
  }
  await readSettings() // what is wrong with the hub's is told before anything begins
  for (const job of jobs) {
    if (job.standing.state === 'done') report(job.cell.label, reportOf(job, job.standing))
    else cells.set(job.cell.label, {...reportOf(job, job.standing), state: 'pending'})
  }
  const left = jobs.filter(({standing}) => standing.state !== 'done')
  let open = left.length > 0 ? await begin(left, {...options, tell, signal}) : []

  const queue = openQueue(tell)
  while (open.length > 0 && !signal.aborted) {
    const tasks = await queue.look()
    if (tasks) {
      const delayed = open.flatMap(one => tasks.get(keyOf(one)) ?? []).filter(task => task.delayed)
      if (delayed.length > 0) await hasten(delayed.map(({id}) => id))
      const seen = open.map(async one => ({one, next: await follow(one, {task: tasks.get(keyOf(one)), tell, report})}))
      const all = await Promise.all(seen)
      const pick = (what: string) => all.filter(({next}) => next === what).map(({one}) => one)
      if (failFast && pick('over').some(({job}) => cells.get(job.cell.label)?.state === 'lost')) failing.abort()
      open = [
        ...pick('follow'),
        ...(signal.aborted ? pick('submit') : await submitAgain(pick('submit'), {...options, tell})),
      ]
    }
    if (open.length > 0) await setTimeout(LOOK_MS, undefined, {signal}).catch(() => {})
  }

  const ids = open.map(({id}) => id)
  if (failing.signal.aborted && ids.length > 0) await cancel(ids)
  if (open.length === 0) await clear(jobs.filter(({cell}) => cells.get(cell.label)?.state === 'done'))
  const queued = failing.signal.aborted ? [] : [...new Set(ids.map(id => id.replace(/_.*/, '')))]
  return {cells, ...(await collectAll(cells)), ...(queued.length > 0 ? {queued} : {})}
}

/** How often it looks. */
const LOOK_MS = 2000

const keyOf = ({submission, index}: Followed) => `${submission.name} ${index}`

/** That the queue cannot be read says nothing of the tasks in it: then there is no answer, which is told once. */
function openQueue(tell: (event: SweepEvent) => void) {
  let silent = false
  return {
    async look(): Promise<ReadonlyMap<string, ArrayTask> | undefined> {
      try {
        const tasks = await tasksInQueue()
        silent = false
        return new Map(tasks.map(task => [`${task.name} ${task.index}`, task]))
      } catch (error) {
        const {message} = error as Error
        if (!silent) tell({type: 'note', text: `Slurm does not answer and is asked again, its jobs go on: ${message}`})
        silent = true
        return undefined
      }
    },
  }
}

/** Leaves all where the queue cannot be read. */
async function clear(done: readonly SweepJob[]): Promise<void> {
  if ((await submissions()).length === 0) return
  const tasks = await tasksInQueue().catch(() => undefined)
  if (!tasks) return
  const queued = new Set(tasks.filter(isLive).map(({name}) => name))
  await clearSubmissions(
    done.map(({cell}) => cell),
    queued,
  )
}

/** They keep count of how often they died and where they stopped. */
async function submitAgain(
  ones: readonly Followed[],
  options: Parameters<typeof submitJobs>[1],
): Promise<readonly Followed[]> {
  if (ones.length === 0) return []
  const begun = await submitJobs(
    ones.map(({job}) => job),
    options,
  )
  return begun.map((one, i) => Object.assign(one, {deaths: ones[i].deaths, stoppedAt: ones[i].stoppedAt}))
}
