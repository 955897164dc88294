import {execa, type Options} from 'execa'
import {z} from 'zod'
import {Fault} from '../../base/fault.ts'
import {escapeLine} from '../../base/printable.ts'

/** The state of a task of an array, from Slurm's queue. */
export interface ArrayTask {
  /** The name of the array. */
  readonly name: string
  readonly index: number
  /** The task's name in Slurm's commands, like `12_3`. */
  readonly id: string
  readonly state: 'waiting' | 'running' | 'cancelled' | 'ended'
  /** Slurm's own name of the state, like `NODE_FAIL`. */
  readonly word: string
  /** The exit code of a task that has ended; 0 for one that a signal killed. */
  readonly exitCode: number
  readonly signal: number
  /** How often Slurm has put it back into the queue. */
  readonly restarts: number
  /** Slurm has put it back into the queue, and lets two minutes pass before it may start. */
  readonly delayed: boolean
  /** Slurm's reason why it waits, like `JobHeldUser`; undefined if that is its turn, or room. */
  readonly obstacle: string | undefined
}

/** Whether a task waits or runs. */
export const isLive = ({state}: ArrayTask): boolean => state === 'waiting' || state === 'running'

/**
 * Lists all tasks in the queue, with those that ended recently (5 minutes by default).
 *
 * @throws Fault 'io' if Slurm does not answer within a minute; the reason of `signal` once that is aborted
 */
export async function tasksInQueue(signal?: AbortSignal): Promise<readonly ArrayTask[]> {
  const env = {SLURM_BITSTR_LEN: '0'} // without shortening lists of indices
  return tasksIn(await slurm('squeue', ['--json', '--me', '--states=all'], {env, ...question(signal)}))
}

/** Parses the output of `squeue --json` of Slurm 22.05 and later; 22.05 writes plain numbers and states, later versions objects and lists. */
export function tasksIn(json: string): readonly ArrayTask[] {
  const {jobs} = queueSchema.parse(JSON.parse(json))
  return jobs.flatMap(job => {
    const {state, word} = stateOf(job.job_state)
    const array = job.array_job_id || job.job_id
    const indices = job.array_task_string ? spans(job.array_task_string) : [job.array_task_id ?? 0]
    return indices.map(index => ({
      name: job.name,
      index,
      id: `${array}_${index}`,
      state,
      word,
      ...job.exit_code,
      restarts: job.restart_cnt,
      obstacle: obstacleOf(state, job.state_reason ?? ''),
      delayed: state === 'waiting' && job.restart_cnt > 0 && 1000 * (job.eligible_time ?? 0) > Date.now(),
    }))
  })
}

const obstacleOf = (state: ArrayTask['state'], reason: string): string | undefined =>
  state === 'waiting' && !USUAL.has(reason) ? reason : undefined

/** The reasons for which tasks wait while nothing is wrong. */
const USUAL: ReadonlySet<string> = new Set([
  '',
  'None',
  'Priority',
  'Resources',
  'BeginTime',
  'JobArrayTaskLimit',
  'Cleaning',
])

/** Puts a task back into the queue, which ends it if it is running. Returns false if Slurm does not allow it. */
export const requeue = (id: string): Promise<boolean> => succeeds('scontrol', ['requeue', id])

/** Ends the delay of tasks that were put back into the queue. */
export const startNow = (ids: readonly string[]): Promise<boolean> =>
  succeeds('scontrol', ['update', `JobId=${ids.join()}`, 'StartTime=now'])

export const cancel = (ids: readonly string[]): Promise<boolean> => succeeds('scancel', ids)

/** Submits an array, and returns its id. */
export async function submit(args: readonly string[]): Promise<string> {
  const output = await slurm('sbatch', ['--parsable', ...args])
  return output.trim().split(';')[0]
}

/** The largest number of tasks in an array. Throws as `tasksInQueue` does. */
export async function largestArray(signal: AbortSignal): Promise<number> {
  const found = /^MaxArraySize\s*=\s*(\d+)/m.exec(await slurm('scontrol', ['show', 'config'], question(signal)))
  return Math.max(1, Number(found?.[1] ?? 1001))
}

const ANSWER_S = 60

/** A question may be given up, and asked again; whether a submission has happened would remain unknown. */
const question = (signal?: AbortSignal) => ({timeout: 1000 * ANSWER_S, ...(signal && {cancelSignal: signal})})

type CommandOptions = Pick<Options, 'env' | 'timeout' | 'cancelSignal'>

async function slurm(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const ran = await execa(command, args, {...options, stdin: 'ignore', reject: false})
  options.cancelSignal?.throwIfAborted()
  const {stdout, failed, stderr, code, timedOut} = ran
  if (timedOut) throw new Fault('io', `${command}: no answer in ${ANSWER_S} s`)
  if (code === 'ENOENT') throw new Fault('usage', `${command}: command not found; run Slurm sweeps on a login node`)
  if (failed) throw new Fault('io', failureText(command, stderr))
  return stdout
}

/** The message of a command that failed: the last line of its errors where it does not reach a cluster, else all lines. */
export function failureText(command: string, stderr: string): string {
  const lines = stderr.trim().split(/\s*\n\s*/)
  const last = lines.at(-1) || 'failed'
  const isUnreachable = /configuration source|DNS SRV/i.test(last)
  const text = isUnreachable ? last : lines.join('; ') || last
  const advice = isUnreachable ? '; run this on a login node of the cluster' : ''
  return `${text.startsWith(`${command}: `) ? '' : `${command}: `}${escapeLine(text, 500)}${advice}`
}

const succeeds = async (command: string, args: readonly string[]) =>
  !(await execa(command, args, {stdin: 'ignore', reject: false})).failed

const NUMBER = z
  .number()
  .nullish()
  .or(z.object({set: z.boolean(), number: z.number()}).transform(({set, number}) => (set ? number : undefined)))

const queueSchema = z.object({
  jobs: z.array(
    z.object({
      name: z.string().default(''),
      job_id: z.number(),
      array_job_id: NUMBER,
      array_task_id: NUMBER,
      array_task_string: z.string().nullish(),
      job_state: z.string().or(z.array(z.string())),
      state_reason: z.string().nullish(),
      eligible_time: NUMBER,
      restart_cnt: z.number().default(0),
      exit_code: z
        .number()
        .transform(status => ({exitCode: (status >> 8) & 255, signal: status & 127})) // as wait(2) encodes it
        .or(
          z
            .object({return_code: NUMBER, signal: z.object({id: NUMBER}).nullish()})
            .transform(({return_code, signal}) => ({exitCode: return_code ?? 0, signal: signal?.id ?? 0})),
        )
        .default({exitCode: 0, signal: 0}),
    }),
  ),
})

/** A state may come with flags, so that a task with COMPLETING has not ended yet. A task in an unknown state goes on. */
function stateOf(written: string | readonly string[]): Pick<ArrayTask, 'state' | 'word'> {
  const words = typeof written === 'string' ? [written] : written
  const word = words[0] ?? 'UNKNOWN'
  const has = (known: readonly string[]) => words.some(one => known.includes(one))
  if (has(WAITING)) return {state: 'waiting', word}
  if (has(ENDING)) return {state: 'running', word}
  if (word === 'CANCELLED') return {state: 'cancelled', word}
  return {state: ENDED.includes(word) ? 'ended' : 'running', word}
}

const WAITING = ['PENDING', 'REQUEUED', 'REQUEUE_HOLD', 'REQUEUE_FED', 'SPECIAL_EXIT', 'RESV_DEL_HOLD']
const ENDING = ['COMPLETING', 'STAGE_OUT', 'SIGNALING']
const ENDED = [
  'COMPLETED',
  'FAILED',
  'TIMEOUT',
  'NODE_FAIL',
  'PREEMPTED',
  'BOOT_FAIL',
  'DEADLINE',
  'OUT_OF_MEMORY',
  'LAUNCH_FAILED',
  'RECONFIG_FAIL',
  'REVOKED',
]

/** The indices of `0-2,5%2`. */
function spans(text: string): number[] {
  return [...text.replace(/%.*/, '').matchAll(/(\d+)(?:-(\d+)(?::(\d+))?)?/g)].flatMap(
    ([, from, to = from, step = '1']) =>
      Array.from(
        {length: Math.floor((Number(to) - Number(from)) / Number(step)) + 1},
        (_, i) => Number(from) + i * Number(step),
      ),
  )
}
