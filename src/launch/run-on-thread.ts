import {SHARE_ENV, Worker} from 'node:worker_threads'
import {Fault, type FaultKind} from '../base/fault.ts'
import {type FetchOptions, fetchSources} from '../plan/fetch/fetch-sources.ts'
import type {Forecast} from '../plan/forecast.ts'
import {hasFinished} from '../recipes/earlier/namesakes.ts'
import {engineEnvironment} from '../recipes/engine.ts'
import type {RunEvent} from '../recipes/events.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import type {RecipeMistake} from '../recipes/file/yaml/locate-faults.ts'
import type {RunResult} from '../recipes/run.ts'

/** The data that a thread is started with. */
export interface ThreadInput {
  readonly recipe: Recipe
  /** Works in a private folder until the row is written, as RunOptions describes it. */
  readonly fence: boolean
}

/** A message of the working thread: first the plan, then events, then the end. */
export type ThreadMessage =
  /** The forecast of the run, if one could be made. The thread now waits for the recipe to run, or for "stop". */
  | {readonly type: 'planned'; readonly forecast: Forecast | undefined}
  | {readonly type: 'event'; readonly event: RunEvent}
  | {readonly type: 'done'; readonly result: RunResult}
  | {readonly type: 'stopped'}
  | {
      readonly type: 'fault'
      readonly kind: FaultKind
      readonly message: string
      readonly mistake: RecipeMistake | undefined
    }

export interface ThreadOptions extends FetchOptions {
  /** Called with the forecast before an unfinished run starts or downloads anything; if it returns false, the run does not start. */
  readonly agree?: (forecast: Forecast) => Promise<boolean>
  /** Works in a private folder until the row is written, as RunOptions describes it. */
  readonly fence?: boolean
}

/**
 * Runs a recipe, unless it has finished, on a thread of its own, since a native program never yields its thread and would freeze
 * progress and signals here. Returns undefined where `signal` stopped it. An error that `onEvent` throws, or with which its
 * promise rejects, stops it too, and is thrown then.
 */
export async function runOnThread(recipe: Recipe, options: ThreadOptions): Promise<RunResult | undefined> {
  const {onEvent, agree = async () => true, fence = false} = options
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  const signal = AbortSignal.any([options.signal, stopping.signal])
  const events = passEvents(onEvent, stop)
  const fetching = {...options, signal, onEvent: events.pass}
  if (await hasFinished(recipe)) {
    const finished = await findResult(recipe, fetching)
    await events.end()
    if (finished) return finished
  }
  Object.assign(process.env, {...(await engineEnvironment(recipe)), ...process.env})
  if (signal.aborted) return undefined
  const worker = new Worker(new URL('./run-thread.js', import.meta.url), {
    workerData: {recipe, fence} satisfies ThreadInput,
    env: SHARE_ENV,
    ...threadFlags(process.execArgv),
  })
  const stopThread = () => worker.postMessage('stop')
  signal.addEventListener('abort', stopThread)
  let fetched: Promise<Recipe | undefined> | undefined
  const begin = async (forecast: Forecast | undefined) => {
    if (signal.aborted) return // the thread has been sent a stop already
    if (forecast && !(await agree(forecast))) return stop()
    fetched = fetchSources(recipe, fetching)
    worker.postMessage((await fetched) ?? 'stop')
  }

  return new Promise<RunResult | undefined>((resolve, reject) => {
    const endFetch = async () => void (await fetched?.catch(() => {})) // a stopped download gives its lock back
    const end = (settle: () => void) => void endFetch().then(events.end).then(settle, reject)
    worker.on('message', (message: ThreadMessage) => {
      if (message.type === 'event') events.pass(message.event)
      else if (message.type === 'planned')
        begin(message.forecast).catch(error => {
          reject(error)
          void worker.terminate() // it still waits for the recipe
        })
      else if (message.type === 'done') end(() => resolve(message.result))
      else if (message.type === 'stopped') end(() => resolve(undefined))
      else end(() => reject(toFault(message)))
    })
    worker.on('error', reject)
    worker.on('exit', code => end(() => reject(new Error(`the working thread ended with code ${code}`))))
  }).finally(() => signal.removeEventListener('abort', stopThread))
}

/** Returns the result of a run that has finished, for which no thread is needed; undefined if it was of other files, or is stopped. */
async function findResult(recipe: Recipe, options: FetchOptions): Promise<RunResult | undefined> {
  const {signal} = options
  const {runIfFinished} = await import('../recipes/run.ts')
  try {
    const fetched = await fetchSources(recipe, options)
    return fetched && (await runIfFinished(fetched, options))
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined
    throw error
  }
}

/**
 * The flags of Node for a thread, by default those of the process. A program may be started by `node --input-type=module -e`, a
 * file may not; but flags that are listed may not be V8's, such as --max-old-space-size.
 */
function threadFlags(flags: readonly string[]): {readonly execArgv?: string[]} {
  const execArgv = flags.filter((flag, i) => !flag.startsWith(INPUT_TYPE) && flags[i - 1] !== INPUT_TYPE)
  return execArgv.length < flags.length ? {execArgv} : {}
}

const INPUT_TYPE = '--input-type'

/** Passes events on to `onEvent`, which may be async, until it fails; then calls `stop`. */
function passEvents(onEvent: (event: RunEvent) => unknown, stop: () => void) {
  let failure: {readonly error: unknown} | undefined
  let handled: Promise<unknown> = Promise.resolve()
  const fail = (error: unknown) => {
    failure ??= {error}
    stop()
  }
  return {
    pass(event: RunEvent): void {
      if (failure) return
      const before = handled
      try {
        handled = Promise.resolve(onEvent(event))
          .catch(fail)
          .then(() => before)
      } catch (error) {
        fail(error)
      }
    },
    /** Waits until all events are handled. @throws what `onEvent` threw */
    end: () =>
      handled.then(() => {
        if (failure) throw failure.error
      }),
  }
}

function toFault({kind, message, mistake}: Extract<ThreadMessage, {type: 'fault'}>): Fault {
  return new Fault(kind, message, {cause: mistake && new Fault(kind, mistake.message, mistake)})
}
