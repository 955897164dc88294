import {withLock} from '../../base/lock.ts'
import {hubSources} from '../../recipes/file/hub-sources.ts'
import type {SweepEvent, SweepJob} from '../sweep.ts'
import type {Followed} from './follow.ts'
import {isLive, largestArray, tasksInQueue} from './queue.ts'
import {contentOf, type Submission, submissions, submissionsFolder, submitCells} from './submission.ts'

export interface BeginOptions {
  /** As sbatch takes them. */
  readonly options: readonly string[]
  /** So many tasks at a time at most. */
  readonly workers?: number | undefined
  readonly tell: (event: SweepEvent) => void
  readonly signal: AbortSignal
}

/**
 * Takes up the tasks of these cells that are in Slurm's queue, whoever submitted them from this folder, and submits the
 * others. Two that begin at once on one machine do so one after the other, so that the second takes up the first one's.
 */
export function begin(jobs: readonly SweepJob[], options: BeginOptions): Promise<readonly Followed[]> {
  const wait = (text: string) => options.tell({type: 'note', text})
  const work = async () => {
    const queued = await queuedCells()
    const taken = jobs.flatMap(job => {
      const at = queued.get(contentOf(job.cell))
      return at ? [followed(job, at)] : []
    })
    if (taken.length > 0) wait(`taking up ${taken.length} cells that are in Slurm's queue`)
    const left = jobs.filter(({cell}) => !queued.has(contentOf(cell)))
    const hub = left.find(({cell}) => hubSources(cell.recipe).length > 0)
    if (hub && (process.env.HF_TOKEN || process.env.HUGGING_FACE_HUB_TOKEN)) wait(TOKEN_STAYS)
    return [...taken, ...(left.length > 0 ? await submitJobs(left, options) : [])]
  }
  return withLock(submissionsFolder(), work, {of: 'submit', here: true, wait, signal: options.signal})
}

/** Submits one array, or several where Slurm takes no such large ones. */
export async function submitJobs(
  jobs: readonly SweepJob[],
  {options, workers, tell}: Omit<BeginOptions, 'signal'>,
): Promise<readonly Followed[]> {
  const size = await largestArray()
  const count = Math.ceil(jobs.length / size)
  const atOnce = workers === undefined ? undefined : Math.max(1, Math.floor(workers / count))
  const begun: Followed[] = []
  for (let from = 0; from < jobs.length; from += size) {
    const part = jobs.slice(from, from + size)
    const cells = part.map(({cell}) => cell)
    const submission = await submitCells(cells, {options, atOnce})
    const {id} = submission
    tell({
      type: 'note',
      text: `${part.length} cells submitted: Slurm's job ${id}; what its tasks print: ${submission.folder}`,
    })
    begun.push(...part.map((job, index) => followed(job, {submission, index, id: `${id}_${index}`, restarts: 0})))
  }
  return begun
}

/** Slurm writes a job's environment to its disks. */
const TOKEN_STAYS =
  'HF_TOKEN stays here: jobs read the token from its file, that of HF_TOKEN_PATH or of the hub’s own login; or svft fetch first'

type Place = Pick<Followed, 'submission' | 'index' | 'id' | 'restarts'>

const followed = (job: SweepJob, place: Place): Followed => ({
  job,
  ...place,
  running: false,
  expected: false,
  away: false,
  said: 0,
  warned: 0,
  deaths: 0,
  missing: 0,
})

/** By their contents, the cells whose tasks wait or run. */
async function queuedCells(): Promise<ReadonlyMap<string, Place>> {
  const known = await submissions()
  if (known.length === 0) return new Map()
  const byName = new Map<string, Submission>(known.map(one => [one.name, one]))
  return new Map(
    (await tasksInQueue()).filter(isLive).flatMap(({name, index, id, restarts}) => {
      const submission = byName.get(name)
      const cell = submission?.cells[index]
      return submission && cell ? [[contentOf(cell), {submission, index, id, restarts}] as const] : []
    }),
  )
}
