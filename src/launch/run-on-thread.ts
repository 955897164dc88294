import {SHARE_ENV, Worker} from 'node:worker_threads'
import {Fault, type FaultKind} from '../base/fault.ts'
import type {Forecast} from '../plan/forecast.ts'
import {engineEnvironment} from '../recipes/engine.ts'
import type {RunEvent} from '../recipes/events.ts'
import {hubSources} from '../recipes/file/hub-sources.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import type {RecipeMistake} from '../recipes/file/yaml/locate-faults.ts'
import type {RunResult} from '../recipes/run.ts'

/** What the working thread says: how things go, then how they ended. */
export type ThreadMessage =
  /** Before all else: what the run will take, where that is known. It waits for the recipe to run, or a "stop". */
  | {readonly type: 'planned'; readonly forecast: Forecast | undefined}
  | {readonly type: 'event'; readonly event: RunEvent}
  | {readonly type: 'done'; readonly result: RunResult}
  | {readonly type: 'stopped'}
  | {readonly type: 'fault'; readonly kind: FaultKind; readonly message: string; readonly mistake?: RecipeMistake}

export interface ThreadOptions {
  readonly onEvent: (event: RunEvent) => void
  readonly signal: AbortSignal
  /** What to type, where there is a network, for what the recipe needs of the hub. */
  readonly advice?: string
  /** Told what the run will take before it begins, or downloads anything; false keeps it from it. */
  readonly agree?: (forecast: Forecast) => Promise<boolean>
  /** As `run` takes it. */
  readonly fence?: boolean
}

/**
 * `run` on a thread of its own, for a native program never leaves its thread and would freeze progress and signals
 * here. Undefined where it was stopped by `signal`.
 */
export async function runOnThread(written: Recipe, options: ThreadOptions): Promise<RunResult | undefined> {
  const {onEvent, signal, agree = async () => true, fence = false} = options
  Object.assign(process.env, {...(await engineEnvironment(written)), ...process.env})
  if (signal.aborted) return undefined
  const worker = new Worker(new URL('./run-thread.js', import.meta.url), {
    workerData: {recipe: written, fence},
    env: SHARE_ENV,
  })
  const stop = () => worker.postMessage('stop')
  signal.addEventListener('abort', stop)
  const begin = async (forecast: Forecast | undefined) => {
    if (signal.aborted) return // it has heard
    if (forecast && !(await agree(forecast))) return stop()
    const recipe = await fetchSources(written, options)
    worker.postMessage(recipe ?? 'stop')
  }

  return new Promise<RunResult | undefined>((resolve, reject) => {
    worker.on('message', (said: ThreadMessage) => {
      if (said.type === 'event') onEvent(said.event)
      else if (said.type === 'planned')
        begin(said.forecast).catch(error => {
          reject(error)
          void worker.terminate() // it waits, and has begun nothing
        })
      else if (said.type === 'done') resolve(said.result)
      else if (said.type === 'stopped') resolve(undefined)
      else reject(faultOf(said))
    })
    worker.on('error', reject)
    worker.on('exit', code => reject(new Error(`the working thread ended with code ${code}`)))
  }).finally(() => signal.removeEventListener('abort', stop))
}

function faultOf({kind, message, mistake}: Extract<ThreadMessage, {type: 'fault'}>): Fault {
  return new Fault(kind, message, {cause: mistake && new Fault(kind, mistake.message, mistake)})
}

/** The recipe with all that it needs of the hub on this machine. Undefined where `signal` came first. */
export async function fetchSources(
  recipe: Recipe,
  {onEvent, signal, advice}: ThreadOptions,
): Promise<Recipe | undefined> {
  if (hubSources(recipe).length === 0) return recipe
  const {checkBeforeDownload} = await import('../recipes/memory/check-early.ts')
  await checkBeforeDownload(recipe)
  const {fetchRecipe} = await import('../plan/fetch/fetch.ts') // and with it the hub's own library
  try {
    return await fetchRecipe(recipe, {
      signal,
      onBytes: (done, total) => onEvent({type: 'download', done, total}),
      warn: text => onEvent({type: 'warning', text}),
      ...(advice === undefined ? {} : {advice}),
    })
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}
