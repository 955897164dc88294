// What a task of an array runs on its node: `node task.js <submission's folder>`. It does the cell of its index, says how
// that goes in the submission's folder, and ends with 0 done, 75 stopped with its state saved, 1 anything else.
import {escapeText} from '../../base/printable.ts'
import {newestAttempt} from '../../recipes/fence.ts'
import {runCell} from '../run-cell.ts'
import {openFolders} from '../run-folders.ts'
import {readSubmission, say, type TaskMessage} from './submission.ts'

const {SLURM_ARRAY_TASK_ID = '0', SLURM_RESTART_COUNT = '0', SLURM_CPUS_PER_TASK = '1'} = process.env
const at = {index: Number(SLURM_ARRAY_TASK_ID), restarts: Number(SLURM_RESTART_COUNT)}
const [folder] = process.argv.slice(2)

const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) process.on(name, () => stop.abort())

const submission = await readSubmission(folder)
if (!submission) throw new Error(`${folder}: no submission`)
const {recipe} = submission.cells[at.index]
const place = await openFolders().of(recipe)
const kept = place && (await newestAttempt(place))
const threads = kept?.threads ?? recipe.threads ?? Number(SLURM_CPUS_PER_TASK)

/** Told so often at most: others look at the same disk. */
const EVERY_MS = 1000
let n = 0
let told = 0
let telling = Promise.resolve()
const warnings: string[] = []
const tell = (said: Pick<TaskMessage, 'event' | 'ended'>) => {
  n++
  const counted = {n, warnings, ...said}
  telling = telling.then(() => say(folder, at, counted)).catch(console.error) // the work does not end for that
  return telling
}

const ended = await runCell(
  {...recipe, threads},
  {
    fence: true,
    signal: stop.signal,
    tell: event => {
      if (event.type === 'warning') warnings.push(event.text)
      else if (performance.now() - told < EVERY_MS) return
      told = performance.now()
      void tell({event})
    },
  },
)
for (const line of ended.lines) console.log(escapeText(line))
await tell({ended})
process.exit({done: 0, stopped: 75, busy: 1, failed: 1, lost: 1}[ended.type])
