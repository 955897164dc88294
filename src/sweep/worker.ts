// The entry of the processes that `runCell` starts: one run each, so that what a run takes of memory, and what it breaks,
// ends with it.
import {Fault} from '../base/fault.ts'
import {fetchSources} from '../launch/run-on-thread.ts'
import {isOnDisk} from '../recipes/data/locate-sources.ts'
import type {RunEvent} from '../recipes/events.ts'
import {failureOf} from '../recipes/failure.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {hasFinished} from '../recipes/has-finished.ts'
import {checkEarly} from '../recipes/memory/check-minimum.ts'
import {run} from '../recipes/run.ts'
import type {CellMessage, CellOutcome, RunCellRequest} from './run-cell.ts'

/** What is only interesting while it is new is told so often. */
const EVERY_MS = 100
const PASSING: readonly RunEvent['type'][] = ['step', 'factors', 'progress', 'answers', 'download']

const stop = new AbortController()
const {signal} = stop
process.on('disconnect', () => stop.abort()) // the sweep is gone, however it ended
process.on('SIGINT', () => stop.abort()).on('SIGTERM', () => stop.abort())
process.on('SIGHUP', () => {}) // the sweep knows whether that is a reason to stop, and says so
process.on('message', (message: RunCellRequest | 'stop') => {
  if (message === 'stop') stop.abort()
  else void work(message).then(end)
})

async function work({recipe: written, fence}: RunCellRequest): Promise<CellOutcome> {
  try {
    if (await downloadsModel(written)) await checkEarly(written)
    const recipe = await fetchSources(written, {onEvent: tell, signal})
    if (!recipe) return {type: 'stopped'}
    const {folder, row} = await run(recipe, {onEvent: tell, signal, fence})
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

let told = 0
function tell(event: RunEvent): void {
  const now = performance.now()
  if (PASSING.includes(event.type) && now - told < EVERY_MS) return
  told = now
  say({type: 'event', event})
}

function end(outcome: CellOutcome): void {
  say({type: 'end', outcome}, () => process.exit(0)) // what waits for the network or a thread has nothing to add
}

function say(said: CellMessage, then = () => {}): void {
  if (process.connected) process.send!(said, undefined, undefined, then)
  else then()
}
