import {setTimeout} from 'node:timers/promises'
import type {ResultPromise} from 'execa'
import {escapeLine} from '../../base/printable.ts'
import type {Row} from '../../results/row.ts'
import type {Events} from '../events.ts'
import type {Recipe} from '../file/schema.ts'
import {type RunFolder, TENSORBOARD_FOLDER} from '../run-folder.ts'
import {pythonEnvironment, trackerOf, trackioSpace} from './check-tracker.ts'
import {TRACKER_SCRIPT} from './tracker-script.ts'

/** The tracker of a run. None of its functions throws, and none waits for the tracker but `close`, for a few seconds. */
export interface Tracker {
  log(step: number, metrics: Readonly<Record<string, number>>): void
  close(): Promise<void>
}

/** A tracker that has not taken this much is hung. */
const MOST_BYTES = 1_000_000
/** At the end of a run the tracker has this long to write what it was given. */
const CLOSE_MS = 10_000

/** Runs `work`; the tracker that the recipe names, if any, gets the metrics of its events and the scores of its row. */
export async function withTracker(
  recipe: Recipe,
  {folder, events}: {readonly folder: RunFolder; readonly events: Events},
  work: (events: Events) => Promise<Row>,
): Promise<Row> {
  const tracker = await openTracker(recipe, {folder, warn: events.warn})
  if (!tracker) return work(events)
  try {
    const row = await work(trackEvents(events, tracker))
    const scores = Object.entries(row.scores).map(([split, {score}]) => [`score/${split}`, score])
    tracker.log(row.steps, Object.fromEntries(scores))
    return row
  } finally {
    await tracker.close()
  }
}

/**
 * Starts the tracker that a recipe names, in a process of its own. A tracker that fails, hangs or is killed never stops or
 * slows a run: it gets no more metrics, and `warn` one message.
 */
export async function openTracker(
  recipe: Recipe,
  {folder, warn}: {readonly folder: RunFolder; readonly warn: (text: string) => void},
): Promise<Tracker | undefined> {
  if (recipe.track === undefined) return undefined
  const {to, project = 'svft'} = trackerOf(recipe.track)
  const space = to === 'trackio' ? trackioSpace() : undefined
  const own = to === 'trackio' ? {project, space, config: configOf(recipe)} : {folder: folder.file(TENSORBOARD_FOLDER)}
  const {execa} = await import('execa') // loads in 0.1 s
  const env = pythonEnvironment({online: space !== undefined})
  const argument = JSON.stringify({name: folder.name, ...own})
  const child = execa('python3', ['-c', TRACKER_SCRIPT, to, argument], {...CHILD_OPTIONS, env})
  return processTracker(child, reason => warn(`track: ${to} ${reason}; the run goes on without it`))
}

const CHILD_OPTIONS = {
  extendEnv: false,
  stdin: 'pipe',
  stdout: 'ignore', // the library's greetings
  buffer: false,
  reject: false,
} as const

/** A tracker whose process reads metrics as lines of JSON; `warn` gets the reason if it is given up. */
function processTracker(child: ResultPromise<typeof CHILD_OPTIONS>, warn: (reason: string) => void): Tracker {
  let state: 'open' | 'closing' | 'given up' = 'open'
  let printed = ''
  child.stderr.on('data', text => {
    printed = `${printed}${text}`.slice(-2000)
  })
  child.stdin.on('error', () => {}) // it has ended, which is reported below
  const giveUp = (reason: string) => {
    if (state !== 'given up') warn(reason)
    state = 'given up'
  }
  const kill = (reason: string) => {
    giveUp(reason)
    child.kill('SIGKILL')
  }
  const ended = child.then(({exitCode, signal, originalMessage}) => {
    if (state === 'closing' && exitCode === 0) return
    const last = printed.trim().split('\n').at(-1) ?? ''
    const how = signal ? `was killed by ${signal}` : `ended with code ${exitCode ?? originalMessage}`
    giveUp(last === '' ? how : `${how}: ${escapeLine(last, 200)}`)
  })
  return {
    log(step, metrics) {
      if (state !== 'open') return
      const finite = Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)))
      child.stdin.write(`${JSON.stringify({step, metrics: finite})}\n`)
      if (child.stdin.writableLength > MOST_BYTES) kill('takes no more metrics')
    },
    async close() {
      if (state === 'open') state = 'closing'
      child.stdin.end()
      const wait = new AbortController()
      const late = setTimeout(CLOSE_MS, 'late', {signal: wait.signal}).catch(() => undefined)
      if ((await Promise.race([ended, late])) === 'late') kill('did not end')
      wait.abort()
    },
  }
}

/** The settings that a dashboard shows of a run. */
const configOf = ({name, task, seed, adapter, train}: Recipe) => ({recipe: name, task, seed, ...adapter, ...train})

/** The events of a run, of which the tracker gets the steps and the scores of epochs. */
const trackEvents = (events: Events, tracker: Tracker): Events => ({
  ...events,
  step(report) {
    events.step(report)
    const {step, loss, lr, gradNorm, tokens, seconds} = report
    tracker.log(step, {
      'train/loss': loss,
      'train/lr': lr,
      'train/grad_norm': gradNorm,
      'train/tokens_per_second': tokens / seconds,
    })
  },
  epoch(score) {
    events.epoch(score)
    tracker.log(score.step, {[`epoch/${score.split}`]: score.score})
  },
})
