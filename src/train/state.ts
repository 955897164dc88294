import {readdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {remove} from '../base/files.ts'
import {ioFault} from '../base/io-fault.ts'
import {parseStrictObject} from '../base/json.ts'
import {conditionOf, findDamage, publishFolder, verifyFolder} from '../base/published-folder.ts'
import {readWhole} from '../base/read-file.ts'
import type {Named} from '../engine/program.ts'
import {readSafetensors, readTensor, writeSafetensors} from '../weights/safetensors.ts'

/** A training run between two steps: all that its next step reads that does not follow from the step's number. */
export interface TrainState {
  /** Steps done; the schedule, the order of the data and every random stream go by it. */
  readonly step: number
  readonly theta: Float32Array
  readonly m: Float32Array
  readonly v: Float32Array
  /** Of each step done. */
  readonly losses: readonly number[]
  readonly gradNorms: readonly number[]
  /** Of all steps done: real tokens, and the time they took. */
  readonly tokens: number
  readonly seconds: number
  /** Of each epoch, for runs that keep their best. */
  readonly scores?: readonly EpochScore[]
  /** The first of the best of them, with its trainables. */
  readonly best?: {readonly step: number; readonly score: number; readonly theta: Float32Array}
}

export interface EpochScore {
  /** Steps done before it. */
  readonly step: number
  /** NaN where the metric has no value. */
  readonly score: number
  /** That scoring took. */
  readonly seconds: number
}

/** The trainables that count at the end of a training: those of its best epoch, where epochs are scored. */
export const keptTheta = ({theta, best}: TrainState): Float32Array => best?.theta ?? theta

/** What a state's numbers depend on beside the state. */
export interface Stamp {
  /** The hash of the resolved recipe, with those of its model and data. */
  readonly recipe: string
  readonly threads: number
  /** The hash of what stays frozen beside the trainables and is computed anew by each process: SVFT's U, Σ, V. */
  readonly frozen: string
  /** Of whatever computes: this package, node, the engine. */
  readonly versions: Named<string>
}

/** Where a state stands in its training: behind the one of the same step whose epoch had not been scored. */
export const placeOf = ({step, scores}: Pick<TrainState, 'step' | 'scores'>): number =>
  2 * step + Number(scores?.at(-1)?.step === step)

/**
 * Writes the state as `<folder>/step-000123`, or `step-000123-scored` at the end of an epoch that has its score, whole or
 * not at all, then removes others but the newest before it that verifies, so that two are there; one that cannot be read
 * stays beside them. A damaged folder in its place is set aside.
 */
export async function saveState(folder: string, state: TrainState, stamp: Stamp): Promise<void> {
  const {theta, m, v, best, ...rest} = state
  const flat = (data: Float32Array) => ({dtype: 'float32', shape: [data.length], data}) as const
  const score = best && {best: {step: best.step, score: best.score}}
  const meta: z.input<typeof Meta> = {format: FORMAT, ...stamp, ...rest, ...score} // JSON keeps every bit of a finite number

  const name = `step-${String(state.step).padStart(6, '0')}${placeOf(state) % 2 ? '-scored' : ''}`
  const write = async (temporary: string) => {
    const kept = best && {best: flat(best.theta)}
    await writeSafetensors(join(temporary, TENSORS), {theta: flat(theta), m: flat(m), v: flat(v), ...kept})
    await writeFile(join(temporary, META), `${JSON.stringify(meta)}\n`)
  }
  await publishFolder(join(folder, name), write, {broken: 'aside'})
  await prune(folder, placeOf(state))
}

/**
 * The newest state in `folder` that verifies; undefined if there is none. `warnings` tells of damaged ones and of other
 * versions. A state of another recipe, thread count or frozen part is a fault: its run would not repeat the one that
 * began.
 */
export async function loadNewestState(
  folder: string,
  stamp: Stamp,
): Promise<{readonly state?: TrainState; readonly warnings: readonly string[]}> {
  const warnings: string[] = []
  for (const {path} of await savedStates(folder)) {
    const reason = await findDamage(path)
    if (reason === undefined) {
      const {state, versions} = await load(path, folder, stamp)
      return {state, warnings: [...warnings, ...differences(path, versions, stamp.versions)]}
    }
    warnings.push(`${path}: cannot be used, training goes on from the state before it: ${reason}`)
  }
  return {warnings}
}

/** The newest state in `folder` that verifies, and what it depends on; undefined if there is none. */
export async function newestState(
  folder: string,
): Promise<{readonly state: TrainState; readonly stamp: Stamp} | undefined> {
  for (const {path} of await savedStates(folder)) if (await verifyFolder(path)) return readState(path)
  return undefined
}

/** Where the newest state in `folder` that verifies stands, and with how many threads; undefined if there is none. */
export async function newestStanding(
  folder: string,
): Promise<{readonly step: number; readonly threads: number} | undefined> {
  for (const {path} of await savedStates(folder)) if (await verifyFolder(path)) return readMeta(path)
  return undefined
}

/** JSON has no NaN. */
const Score = z.number().or(z.null().transform(() => Number.NaN))

const Meta = z.strictObject({
  format: z.literal(1),
  recipe: z.string(),
  threads: z.number(),
  frozen: z.string(),
  versions: z.record(z.string(), z.string()),
  step: z.number(),
  losses: z.array(z.number()).readonly(),
  gradNorms: z.array(z.number()).readonly(),
  tokens: z.number(),
  seconds: z.number(),
  scores: z
    .array(z.strictObject({step: z.number(), score: Score, seconds: z.number()}))
    .readonly()
    .optional(),
  best: z.strictObject({step: z.number(), score: Score}).optional(),
})
const FORMAT = 1
const META = 'state.json'
const TENSORS = 'state.safetensors'

async function load(path: string, folder: string, stamp: Stamp): Promise<{state: TrainState; versions: Named<string>}> {
  const anew = `; to start anew, move ${folder} away`
  const {state, stamp: its} = await readState(path, anew)
  if (its.recipe !== stamp.recipe)
    throw new Fault('usage', `${path}: trained by another recipe: ${its.recipe}, not ${stamp.recipe}${anew}`)
  if (its.threads !== stamp.threads)
    throw new Fault(
      'usage',
      `${path}: trained with ${its.threads} threads, not ${stamp.threads}: use ${its.threads}${anew}`,
    )
  if (its.frozen !== stamp.frozen) throw new Fault('failed', `${path}: ${OTHER_FACTORS}${anew}`)
  return {state, versions: its.versions}
}

/** Why a state cannot be used where what stays frozen beside it is no longer what it was. */
export const OTHER_FACTORS =
  'trained on other factors of the weights than there are now, computed anew by other means; bring back the cache of ' +
  'that time'

async function readState(path: string, advice = ''): Promise<{state: TrainState; stamp: Stamp}> {
  const {format: _, recipe, threads, frozen, versions, best, scores, ...rest} = await readMeta(path, advice)
  const stored = await readSafetensors(join(path, TENSORS))
  const flat = async (name: string) => {
    const data = stored[name] && (await readTensor(stored[name]))
    if (data instanceof Float32Array) return data
    throw new Fault('input', `${path}: no float32 tensor ${name}${advice}`)
  }
  const state = {
    ...rest,
    theta: await flat('theta'),
    m: await flat('m'),
    v: await flat('v'),
    ...(scores ? {scores} : {}),
    ...(best ? {best: {...best, theta: await flat('best')}} : {}),
  }
  return {state, stamp: {recipe, threads, frozen, versions}}
}

async function readMeta(path: string, advice = ''): Promise<z.output<typeof Meta>> {
  const file = join(path, META)
  const meta = Meta.safeParse(parseStrictObject(await readWhole(file), file))
  if (meta.success) return meta.data
  throw new Fault('input', `${file}: not a training state of format ${FORMAT}${advice}`)
}

function differences(path: string, then: Named<string>, now: Named<string>): string[] {
  return [...new Set([...Object.keys(then), ...Object.keys(now)])]
    .filter(name => then[name] !== now[name])
    .map(name => `${path}: ${name} was ${then[name] ?? 'absent'}, is ${now[name] ?? 'absent'}: numbers may change`)
}

/**
 * Keeps the state at `place` and the newest before it that verifies. Others are removed: the older ones, and those known
 * to be damaged, later ones too. One that cannot be read now may be good, and stays until there is a newer good one.
 */
async function prune(folder: string, place: number): Promise<void> {
  let kept = false
  for (const other of (await savedStates(folder)).filter(one => one.place !== place)) {
    const condition = kept ? 'old' : await conditionOf(other.path)
    if (condition === 'whole' && other.place < place) kept = true
    else if (condition === 'damaged' || condition === 'old') await remove(other.path)
  }
}

/** The states in a folder, verified or not, newest first. */
export async function savedStates(folder: string): Promise<{place: number; path: string}[]> {
  const names = await readdir(folder).catch(error => {
    if (error.code === 'ENOENT') return []
    throw ioFault(folder, error)
  })
  return names
    .flatMap(name => {
      const [, step, scored] = /^step-(\d{6,})(-scored)?$/.exec(name) ?? []
      return step === undefined
        ? []
        : [{place: 2 * Number(step) + Number(scored !== undefined), path: join(folder, name)}]
    })
    .sort((a, b) => b.place - a.place)
}
