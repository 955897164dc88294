import {delimiter} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {isRepository} from '../../hub/names.ts'
import type {Recipe} from '../file/schema.ts'
import {INSTALLED_ONLY, TRACKER_MODULES} from './tracker-script.ts'

/** Importing a large library from a slow disk may take this long. */
const IMPORT_MS = 60_000

/**
 * Refuses recipes whose trackers are not installed; each tracker is looked for once.
 *
 * @throws Fault 'failed', or 'usage' if the variable of Trackio's Space is invalid
 */
export async function checkTrackers(recipes: readonly Pick<Recipe, 'track'>[]): Promise<void> {
  const byTracker = new Map(recipes.map(({track}) => [track && trackerOf(track).to, {track}]))
  for (const recipe of byTracker.values()) await checkTracker(recipe)
}

export const trackerOf = (track: NonNullable<Recipe['track']>): TrackerSettings =>
  typeof track === 'string' ? {to: track} : track

interface TrackerSettings {
  readonly to: keyof typeof TRACKER_MODULES
  readonly project?: string | undefined
}

/** Refuses a recipe whose tracker is not installed, before any work starts. @throws Fault 'failed' with what to install */
export async function checkTracker({track}: Pick<Recipe, 'track'>): Promise<void> {
  if (track === undefined) return
  const {to} = trackerOf(track)
  if (to === 'trackio') trackioSpace()
  const {execa} = await import('execa') // loads in 0.1 s
  const python = await execa('python3', ['-c', `${INSTALLED_ONLY}\nimport ${TRACKER_MODULES[to]}`], {
    env: pythonEnvironment({online: false}),
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: IMPORT_MS,
  })
  if (python.exitCode === 0) return
  const advice = `pip install ${to}, or leave out track`
  if (python.exitCode === undefined && !python.timedOut)
    throw new Fault(
      'failed',
      `track: python3 is not on the PATH, and ${to} is a Python library; install both (${advice})`,
    )
  const reason = python.stderr.trim().split('\n').at(-1) ?? ''
  if (/^ModuleNotFoundError: No module named '(tensorboard|trackio)/.test(reason))
    throw new Fault('failed', `track: ${to} is not installed for python3; ${advice}`)
  throw new Fault(
    'failed',
    `track: python3 cannot import ${to}: ${python.timedOut ? 'it takes too long' : reason}; ${advice}`,
  )
}

/**
 * The Space of the hub that Trackio sends metrics to. Its server gets the user's token too, so no recipe can name it, which may
 * be another's.
 *
 * @throws Fault 'usage' if the name is invalid
 */
export function trackioSpace(): string | undefined {
  const space = process.env.SVFT_TRACKIO_SPACE || undefined
  if (space === undefined || isRepository(space)) return space
  throw new Fault('usage', 'SVFT_TRACKIO_SPACE must be owner/name, like me/my-runs')
}

/** Where Trackio would send metrics although svft was not asked to. */
const SENDING = /^TRACKIO_(?!DIR$)/

/** The environment of a tracker. Without `online`, nothing in it makes the tracker send metrics anywhere. */
export function pythonEnvironment({online}: {readonly online: boolean}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !SENDING.test(name))
  const environment: NodeJS.ProcessEnv = {...Object.fromEntries(own), HF_HUB_DISABLE_TELEMETRY: '1'}
  // an empty entry would be the working folder
  environment.PYTHONPATH = environment.PYTHONPATH?.split(delimiter).filter(Boolean).join(delimiter)
  return online ? environment : {...environment, HF_HUB_OFFLINE: '1'}
}
