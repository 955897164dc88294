import {readdir, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {z} from 'zod'
import {Fault, ioFault} from '../base/fault.ts'
import {remove} from '../base/files.ts'
import {parseObject, parseStrictObject} from '../base/json.ts'
import {findDamage, publishFolder} from '../base/published-folder.ts'
import {readText, readWhole} from '../base/read-file.ts'
import type {Named} from '../engine/program.ts'
import {readSafetensors, readTensor, writeSafetensors} from '../weights/safetensors.ts'

/** JSON has no NaN. */
const Score = z.number().or(z.null().transform(() => Number.NaN))

const EpochScore = z.strictObject({
  /** The number of steps done before it. */
  step: z.number(),
  /** NaN if the metric has no value. */
  score: Score,
  /** The time that scoring took. */
  seconds: z.number(),
})

/** Everything else on which the results of a run depend. */
const Stamp = z.strictObject({
  /** The hash of the resolved recipe, its model and its data. */
  recipe: z.string(),
  threads: z.number(),
  /** The hash of the frozen tensors that each process computes: SVFT's U, Σ, V. */
  frozen: z.string(),
  /** The versions of this package, node and the engine, and the processor; states of svft 0.2 do not have it. */
  versions: z.record(z.string(), z.string()),
})

const Progress = z.strictObject({
  /** The number of steps done, on which the schedule, the order of the data and all random streams depend. */
  step: z.number(),
  /** The loss of each step. */
  losses: z.array(z.number()).readonly(),
  gradNorms: z.array(z.number()).readonly(),
  /** The tokens of all steps, without padding, and the time that they took. */
  tokens: z.number(),
  seconds: z.number(),
  /** The cosine between the gradients of the first micro-batch in bfloat16 and in float32, for runs in bfloat16. */
  gradientCosine: z.number().optional(),
  /** The energy of all steps and of scoring their epochs, if every process that trained could measure it. */
  joules: z.number().optional(),
  /** The score of each epoch, for runs that keep their best. */
  scores: z.array(EpochScore).readonly().optional(),
})

const Meta = z.strictObject({
  format: z.literal(1),
  ...Stamp.shape,
  ...Progress.shape,
  best: EpochScore.omit({seconds: true}).optional(),
})

export type Stamp = Readonly<z.output<typeof Stamp>>

/** The state of a training run between two steps: all that the next step depends on besides its number. */
export interface TrainState extends Readonly<z.output<typeof Progress>> {
  readonly theta: Float32Array
  readonly m: Float32Array
  readonly v: Float32Array
  /** The first of the best epochs, with its trainables. */
  readonly best?: {readonly step: number; readonly score: number; readonly theta: Float32Array}
}

/** The trainables that a training run results in: those of its best epoch if epochs are scored. */
export const finalTheta = ({theta, best}: TrainState): Float32Array => best?.theta ?? theta

/** The position of a state in its training; scoring its epoch is a step of its own. */
export const statePosition = ({step, scores}: Pick<TrainState, 'step' | 'scores'>): number =>
  2 * step + Number(scores?.at(-1)?.step === step)

/**
 * Writes the state atomically as `<folder>/step-000123`, or `step-000123-scored` at the end of a scored epoch. Then it
 * removes all other states except the newest valid one before it, and those that cannot be read now. A damaged folder of the
 * same name is renamed; a valid one with the same stamp is this state and stays.
 */
export async function saveState(folder: string, state: TrainState, stamp: Stamp): Promise<void> {
  const {theta, m, v, best, ...rest} = state
  const flat = (data: Float32Array) => ({dtype: 'float32', shape: [data.length], data}) as const
  const score = best && {best: {step: best.step, score: best.score}}
  const meta: z.input<typeof Meta> = {format: FORMAT, ...stamp, ...rest, ...score} // JSON keeps every bit of a finite number

  const name = `step-${String(state.step).padStart(6, '0')}${statePosition(state) % 2 ? '-scored' : ''}`
  const write = async (temporary: string) => {
    const bestTensor = best && {best: flat(best.theta)}
    await writeSafetensors(join(temporary, TENSORS), {theta: flat(theta), m: flat(m), v: flat(v), ...bestTensor})
    await writeFile(join(temporary, META), `${JSON.stringify(meta)}\n`)
  }
  const path = join(folder, name)
  if (!(await isSaved(path, stamp))) await publishFolder(path, write, {existing: 'aside'})
  await prune(folder, statePosition(state))
}

/** Whether this state is on disk already: saved before a process that could not read it resumed from an earlier one. */
async function isSaved(path: string, stamp: Stamp): Promise<boolean> {
  if (await findDamage(path)) return false
  const {recipe, threads, frozen, versions} = await readMeta(path)
  return isDeepStrictEqual({recipe, threads, frozen, versions}, stamp)
}

/** The newest valid state of a run, if there is one, and the hash of the frozen tensors that it was trained on. */
export interface LoadedState {
  readonly path?: string
  readonly state?: TrainState
  readonly frozen?: string
  /** Names damaged states and other versions. */
  readonly warnings: readonly string[]
}

/**
 * Loads the newest valid state in `folder`. A state of another recipe or thread count is a fault, because the results would
 * differ from an uninterrupted run.
 */
export async function loadNewestState(folder: string, stamp: Omit<Stamp, 'frozen'>): Promise<LoadedState> {
  const warnings: string[] = []
  for (const {path} of await savedStates(folder)) {
    const damage = await findDamage(path)
    if (!damage) {
      const {state, stamp: saved} = await readState(path, restartAdvice(folder))
      expectSame(path, folder, {saved, stamp})
      const {frozen, versions} = saved
      return {path, state, frozen, warnings: [...warnings, ...differences(path, versions, stamp.versions)]}
    }
    warnings.push(`${path} cannot be used, so training resumes from the state before it: ${damage.message}`)
  }
  return {warnings}
}

/** @throws Fault 'failed' if a state was trained on other frozen tensors than those of this hash */
export function expectFrozen({path, frozen}: LoadedState, now: string): void {
  if (path === undefined || frozen === now) return
  throw new Fault('failed', `${path} ${OTHER_FACTORS}${restartAdvice(dirname(path))}`)
}

/** Reads the newest valid state in `folder`, if there is one. */
export const newestState = async (folder: string) => readFirst(await savedStates(folder), readState)

/** Reads the first valid one of these states, if there is one, without its tensors: its step and its thread count. */
export const firstProgress = (states: readonly {readonly path: string}[]) => readFirst(states, readMeta)

async function readFirst<T>(
  states: readonly {readonly path: string}[],
  read: (path: string) => Promise<T>,
): Promise<T | undefined> {
  for (const {path} of states) if (!(await findDamage(path))) return read(path)
  return undefined
}

/**
 * Reads the losses of all steps, and their gradient norms, in the newest state in `folder`, valid or not. Undefined if there
 * is none, or if it cannot be read.
 *
 * @throws Fault 'input' if it is not JSON
 */
export async function savedLosses(folder: string): Promise<z.output<typeof Losses> | undefined> {
  const [newest] = await savedStates(folder).catch(() => [])
  if (!newest) return undefined
  const file = join(newest.path, META)
  const text = await readText(file).catch(() => undefined)
  return text === undefined ? undefined : Losses.safeParse(parseObject(text, file)).data
}

const Losses = z.object({losses: z.array(z.number()), gradNorms: z.array(z.number()).default([])})

const FORMAT = 1
const META = 'state.json'
const TENSORS = 'state.safetensors'

const restartAdvice = (folder: string) => `; to start from step 0, move ${folder} away`

type Resumable = Pick<Stamp, 'recipe' | 'threads'>

/** @throws Fault 'usage' if the state at `path` in `folder` is of another recipe or thread count */
function expectSame(
  path: string,
  folder: string,
  {saved: {recipe, threads}, stamp}: {readonly saved: Resumable; readonly stamp: Resumable},
): void {
  const restart = restartAdvice(folder)
  if (recipe !== stamp.recipe)
    throw new Fault('usage', `${path} is of another recipe: ${recipe}, not ${stamp.recipe}${restart}`)
  if (threads !== stamp.threads)
    throw new Fault(
      'usage',
      `${path} was trained with ${threads} threads, not ${stamp.threads}; use ${threads}${restart}`,
    )
}

/** The end of a message about a state or a run whose frozen factors are not those of now. */
export const OTHER_FACTORS =
  'was trained on other SVD factors, which were since computed again by another library; restore the earlier cache of factors'

async function readState(path: string, advice = ''): Promise<{state: TrainState; stamp: Stamp}> {
  const {format: _, recipe, threads, frozen, versions, best, ...rest} = await readMeta(path, advice)
  const stored = await readSafetensors(join(path, TENSORS))
  const flat = async (name: string) => {
    const data = stored[name] && (await readTensor(stored[name]))
    if (data instanceof Float32Array) return data
    throw new Fault('input', `${path} has no float32 tensor ${name}${advice}`)
  }
  const [theta, m, v] = [await flat('theta'), await flat('m'), await flat('v')]
  const state = {...rest, theta, m, v, best: best && {...best, theta: await flat('best')}}
  return {state, stamp: {recipe, threads, frozen, versions}}
}

async function readMeta(path: string, advice = ''): Promise<z.output<typeof Meta>> {
  const file = join(path, META)
  const meta = Meta.safeParse(parseStrictObject(await readWhole(file), file))
  if (meta.success) return meta.data
  throw new Fault('input', `${file} is not a training state of format ${FORMAT}${advice}`)
}

function differences(path: string, then: Named<string>, now: Named<string>): string[] {
  return [...new Set([...Object.keys(then), ...Object.keys(now)])]
    .filter(name => then[name] !== now[name] && (name !== 'processor' || name in then))
    .map(name => `${path}: ${name} was ${then[name] ?? 'absent'}, is ${now[name] ?? 'absent'}; results may change`)
}

/**
 * Keeps the state at `position`, the newest valid one before it and valid later ones; removes older and damaged ones. A state
 * that cannot be read now may be valid, and stays until there is a newer valid one.
 */
async function prune(folder: string, position: number): Promise<void> {
  let hasPrevious = false
  for (const other of (await savedStates(folder)).filter(one => one.position !== position)) {
    const damage = hasPrevious ? undefined : await findDamage(other.path)
    if (hasPrevious || damage?.kind === 'input') await remove(other.path)
    else if (!damage && other.position < position) hasPrevious = true
  }
}

/** After the last step: removes all states before the newest, if it is valid. Nothing resumes a finished run. */
export async function keepNewestState(folder: string): Promise<void> {
  const [newest, ...older] = await savedStates(folder)
  if (older.length === 0 || (await findDamage(newest.path))) return
  for (const {path} of older) await remove(path)
}

/** Lists the states in a folder, valid or not, newest first. */
export async function savedStates(folder: string): Promise<{step: number; position: number; path: string}[]> {
  const names = await readdir(folder).catch(error => {
    if (error.code === 'ENOENT') return []
    throw ioFault(folder, error)
  })
  return names
    .flatMap(name => {
      const [, digits, scored] = /^step-(\d{6,})(-scored)?$/.exec(name) ?? []
      if (digits === undefined) return []
      const step = Number(digits)
      return [{step, position: 2 * step + Number(scored !== undefined), path: join(folder, name)}]
    })
    .sort((a, b) => b.position - a.position)
}
