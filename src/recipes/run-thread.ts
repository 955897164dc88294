// The entry of the thread that `runOnThread` starts.
import {parentPort, workerData} from 'node:worker_threads'
import {Fault} from '../engine/fault.ts'
import {mistakeIn} from './located.ts'
import {run} from './run.ts'
import type {Recipe} from './schema.ts'
import type {Said} from './thread.ts'

const port = parentPort!
const stop = new AbortController()
port.once('message', () => stop.abort())

const say = (said: Said) => port.postMessage(said)
try {
  const {recipe, fence} = workerData as {readonly recipe: Recipe; readonly fence: boolean}
  const result = await run(recipe, {
    fence,
    atOnce: true,
    signal: stop.signal,
    tell: event => say({type: 'event', event}),
  })
  say({type: 'done', result})
} catch (error) {
  if (error instanceof Fault) {
    const mistake = mistakeIn(error)
    say({type: 'fault', kind: error.kind, message: error.message, ...(mistake ? {mistake} : {})})
  } else if (stop.signal.aborted && error === stop.signal.reason) say({type: 'stopped'})
  else throw error
} finally {
  port.close()
}
