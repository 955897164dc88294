// The entry of the thread that `runOnThread` starts.
import {parentPort, workerData} from 'node:worker_threads'
import {Fault} from '../base/fault.ts'
import {type Forecast, forecastRun} from '../plan/forecast.ts'
import {requireEngines} from '../recipes/engine.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {findMistake} from '../recipes/file/yaml/locate-faults.ts'
import {checkMinimum} from '../recipes/memory/check-minimum.ts'
import {run} from '../recipes/run.ts'
import {checkTracker} from '../recipes/track/check-tracker.ts'
import type {ThreadInput, ThreadMessage} from './run-on-thread.ts'

if (!parentPort) throw new Error('this file is the entry of a worker thread')
const port = parentPort
const stop = new AbortController()
const reply = new Promise<Recipe | 'stop'>(resolve =>
  port.on('message', (message: Recipe | 'stop') => {
    if (message === 'stop') stop.abort()
    resolve(message)
  }),
)

const send = (message: ThreadMessage) => port.postMessage(message)
try {
  const {recipe: written, fence} = workerData as ThreadInput
  send({type: 'planned', forecast: await checkAndPlan(written)})
  const recipe = await reply
  if (recipe === 'stop') throw stop.signal.reason
  const result = await run(recipe, {onEvent: event => send({type: 'event', event}), signal: stop.signal, fence})
  send({type: 'done', result})
} catch (error) {
  if (error instanceof Fault) {
    send({type: 'fault', kind: error.kind, message: error.message, mistake: findMistake(error)})
  } else if (stop.signal.aborted && error === stop.signal.reason) send({type: 'stopped'})
  else throw error
} finally {
  port.close()
}

/** Refuses a recipe whose tracker or engine is missing or that cannot fit in memory, and plans any other. */
async function checkAndPlan(recipe: Recipe): Promise<Forecast | undefined> {
  await checkTracker(recipe)
  await requireEngines([recipe])
  await checkMinimum(recipe)
  return forecastRun(recipe)
}
