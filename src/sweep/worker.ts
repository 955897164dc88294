// The entry point of the processes that `runCell` starts. Each does one run, so that its memory is freed at its end and a
// crash ends no other run.
import {Fault} from '../base/fault.ts'
import {fetchSources} from '../plan/fetch/fetch-sources.ts'
import {isOnDisk} from '../recipes/data/locate-sources.ts'
import {hasFinished} from '../recipes/earlier/namesakes.ts'
import type {RunEvent} from '../recipes/events.ts'
import {failureOf} from '../recipes/failure.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {checkMinimum} from '../recipes/memory/check-minimum.ts'
import {run} from '../recipes/run.ts'
import {checkTracker} from '../recipes/track/check-tracker.ts'
import type {CellMessage, CellOutcome, RunCellRequest} from './run-cell.ts'

/** Progress is sent at most this often. */
const EVERY_MS = 100
const PROGRESS: readonly RunEvent['type'][] = ['step', 'factors', 'progress', 'answers', 'download']

const stop = new AbortController()
const {signal} = stop
process.on('disconnect', () => stop.abort()) // the sweep has ended, however it did
process.on('SIGINT', () => stop.abort()).on('SIGTERM', () => stop.abort())
process.on('SIGHUP', () => {}) // the sweep decides whether to stop, and sends a message if so
process.on('message', (message: RunCellRequest | 'stop') => {
  if (message === 'stop') stop.abort()
  else void runRecipe(message).then(end)
})

async function runRecipe({recipe: written, fence, advice}: RunCellRequest): Promise<CellOutcome> {
  try {
    await checkTracker(written)
    if (await downloadsModel(written)) await checkMinimum(written)
    const recipe = await fetchSources(written, {onEvent, signal, advice})
    if (!recipe) return {type: 'stopped'}
    const {folder, row} = await run(recipe, {onEvent, signal, fence})
    return {type: 'done', folder, row}
  } catch (error) {
    if (signal.aborted && error === signal.reason) return {type: 'stopped'}
    if (error instanceof Fault && error.kind === 'busy') return {type: 'busy'}
    if (!(error instanceof Fault)) console.error(error)
    return {type: 'failed', failure: failureOf(error)}
  }
}

/** Whether the run has to download its model first. */
async function downloadsModel(recipe: Recipe): Promise<boolean> {
  const {model} = recipe
  return 'path' in model && !(await isOnDisk(model.path)) && !(await hasFinished(recipe))
}

let sent = 0
function onEvent(event: RunEvent): void {
  if (event.type === 'microBatch') return // a sweep shows whole steps, which these would delay
  const now = performance.now()
  if (PROGRESS.includes(event.type) && now - sent < EVERY_MS) return
  sent = now
  send({type: 'event', event})
}

function end(outcome: CellOutcome): void {
  send({type: 'end', outcome}, () => process.exit(0)) // without waiting for open connections or threads
}

function send(message: CellMessage, then = () => {}): void {
  if (process.connected && process.send) process.send(message, undefined, undefined, then)
  else then()
}
