import {withLock} from '../../base/lock.ts'
import {pluralize} from '../../base/pluralize.ts'
import {hubSources} from '../../recipes/file/hub-sources.ts'
import type {CellRun} from '../cell-report.ts'
import type {SweepEvent} from '../sweep.ts'
import {type FollowedTask, followedTask, type QueuedTask} from './follow.ts'
import {isLive, largestArray, tasksInQueue} from './queue.ts'
import {contentOf, submissions, submissionsFolder, submitCells} from './submission.ts'

export interface SubmitOptions {
  /** Options of sbatch. */
  readonly options: readonly string[]
  /** The maximum number of running tasks. */
  readonly workers?: number | undefined
  readonly onEvent: (event: SweepEvent) => void
  readonly signal: AbortSignal
}

/**
 * Takes up the tasks of these cells that are in Slurm's queue already, and submits the others. A lock lets one
 * sweep of this machine at a time do so, so that a second takes up the tasks of the first.
 */
export function takeUpOrSubmit(runs: readonly CellRun[], options: SubmitOptions): Promise<readonly FollowedTask[]> {
  const note = (text: string) => options.onEvent({type: 'note', text})
  const work = async () => {
    const queued = await queuedCells(options.signal)
    const taken = runs.flatMap(run => {
      const task = queued.get(contentOf(run.cell))
      return task ? [followedTask(run, task)] : []
    })
    if (taken.length > 0) note(`following ${pluralize(taken.length, 'cell')} already in Slurm's queue`)
    const left = runs.filter(({cell}) => !queued.has(contentOf(cell)))
    const hub = left.find(({cell}) => hubSources(cell.recipe).length > 0)
    if (hub && (process.env.HF_TOKEN || process.env.HUGGING_FACE_HUB_TOKEN)) note(TOKEN_NOT_PASSED)
    return [...taken, ...(left.length > 0 ? await submitJobs(left, options) : [])]
  }
  return withLock(submissionsFolder(), work, {of: 'submit', here: true, wait: note, signal: options.signal})
}

/** Submits cells as one array, or as several if Slurm limits their size. */
async function submitJobs(
  runs: readonly CellRun[],
  {options, workers, onEvent, signal}: SubmitOptions,
): Promise<readonly FollowedTask[]> {
  const size = await largestArray(signal)
  const arrays = Math.ceil(runs.length / size)
  const mostRunning = workers === undefined ? undefined : Math.max(1, Math.floor(workers / arrays))
  const tasks: FollowedTask[] = []
  for (let from = 0; from < runs.length; from += size) {
    const part = runs.slice(from, from + size)
    const cells = part.map(({cell}) => cell)
    const submission = await submitCells(cells, {options, mostRunning})
    const {id, folder} = submission
    const text = `submitted ${pluralize(part.length, 'cell')} as Slurm job ${id}; output of its tasks: ${folder}`
    onEvent({type: 'note', text})
    tasks.push(...part.map((run, index) => followedTask(run, {submission, index, id: `${id}_${index}`, restarts: 0})))
  }
  return tasks
}

const TOKEN_NOT_PASSED =
  "HF_TOKEN is not passed on, as Slurm writes the environment of jobs to its disks: keep the token in a file (HF_TOKEN_PATH, or the hub's own login), or run svft fetch first"

/** The tasks that wait or run, by the contents of their cells. */
async function queuedCells(signal: AbortSignal): Promise<ReadonlyMap<string, QueuedTask>> {
  const known = await submissions()
  if (known.length === 0) return new Map()
  const byName = new Map(known.map(one => [one.name, one]))
  return new Map(
    (await tasksInQueue(signal)).filter(isLive).flatMap(({name, index, id, restarts}) => {
      const submission = byName.get(name)
      const cell = submission?.cells[index]
      return submission && cell ? [[contentOf(cell), {submission, index, id, restarts}] as const] : []
    }),
  )
}
