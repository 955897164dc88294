// The entry of the thread that `runOnThread` starts.
import {parentPort, workerData} from 'node:worker_threads'
import {Fault} from '../base/fault.ts'
import {forecastRun} from '../plan/forecast.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {findMistake} from '../recipes/file/yaml/locate-faults.ts'
import {hasFinished} from '../recipes/has-finished.ts'
import {checkLeast} from '../recipes/memory/check-early.ts'
import {run} from '../recipes/run.ts'
import type {ThreadMessage} from './run-on-thread.ts'

const port = parentPort!
const stop = new AbortController()
const answer = new Promise<Recipe | 'stop'>(resolve =>
  port.on('message', (message: Recipe | 'stop') => {
    if (message === 'stop') stop.abort()
    resolve(message)
  }),
)

const say = (said: ThreadMessage) => port.postMessage(said)
try {
  const {recipe: written, fence} = workerData as {readonly recipe: Recipe; readonly fence: boolean}
  const forecast = (await hasFinished(written)) ? undefined : await forecastRun(written)
  if (forecast?.warning) await checkLeast(written) // rather than to ask about what cannot be
  say({type: 'planned', forecast})
  const recipe = await answer
  if (recipe === 'stop') throw stop.signal.reason
  const result = await run(recipe, {
    fence,
    atOnce: true,
    signal: stop.signal,
    onEvent: event => say({type: 'event', event}),
  })
  say({type: 'done', result})
} catch (error) {
  if (error instanceof Fault) {
    const mistake = findMistake(error)
    say({type: 'fault', kind: error.kind, message: error.message, ...(mistake ? {mistake} : {})})
  } else if (stop.signal.aborted && error === stop.signal.reason) say({type: 'stopped'})
  else throw error
} finally {
  port.close()
}
