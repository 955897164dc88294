// The program of a task of an array on its node: `node task.js <submission's folder> <threads of recipes that set none>`. It
// runs the cell of its index, writes its messages into the submission's folder, and exits with 0 when done, 75 when stopped
// with its state saved, else 1. If its time ends, it puts itself back into the queue, as no sweep may be following it.
import {escapeText} from '../../base/printable.ts'
import {savedProgress} from '../../recipes/attempts.ts'
import {runCell} from '../run-cell.ts'
import {openFolders} from '../run-folders.ts'
import {requeue} from './queue.ts'
import {readSubmission} from './submission.ts'
import {isBeyond, type Reached, reachedAfter, reachedBefore, type TaskMessage, writeMessage} from './task-message.ts'

const {SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID = '0', SLURM_RESTART_COUNT = '0'} = process.env
const task = {index: Number(SLURM_ARRAY_TASK_ID), restarts: Number(SLURM_RESTART_COUNT)}
const [folder, unsetThreads = '1'] = process.argv.slice(2)

const stop = new AbortController()
let isTimeUp = false
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)
  process.on(name, () => {
    isTimeUp = name === 'SIGUSR2' // one that is cancelled then must not go on
    stop.abort()
  })

const submission = await readSubmission(folder)
if (!submission) throw new Error(`${folder}: not a submission`)
const {recipe} = submission.cells[task.index]
const runFolder = await openFolders().of(recipe)
const saved = runFolder && (await savedProgress(runFolder)).newest
const threads = recipe.threads ?? saved?.threads ?? Number(unsetThreads)

/** Messages are written at most this often, as they go through a shared disk. */
const EVERY_MS = 1000
let n = 0
let sent = 0
let writing = Promise.resolve()
const warnings: string[] = []
let reached: Reached = {}
const send = (news: Partial<Pick<TaskMessage, 'event' | 'ended'>>) => {
  n++
  const message = {n, warnings, reached, ...news}
  writing = writing.then(() => writeMessage(folder, task, message)).catch(console.error) // the run goes on
  return writing
}

const ended = await runCell(
  {...recipe, threads},
  {
    fence: true,
    signal: stop.signal,
    onEvent: event => {
      reached = reachedAfter(event, reached)
      if (event.type === 'warning') warnings.push(event.text)
      else if (event.type !== 'training' && performance.now() - sent < EVERY_MS) return
      sent = performance.now()
      void send({event})
    },
  },
)
for (const line of ended.lines) console.log(escapeText(line))
await send({ended})
if (ended.type === 'stopped' && isTimeUp && isBeyond(reached, await reachedBefore(folder, task)))
  await requeue(`${SLURM_ARRAY_JOB_ID}_${task.index}`) // where it cannot be, a sweep that follows it submits it again
process.exit({done: 0, stopped: 75, busy: 1, failed: 1, lost: 1}[ended.type])
