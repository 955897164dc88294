import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {parseObject, parseStrictObject} from '../base/json.ts'
import {readText, readWhole} from '../base/read-file.ts'
import {readSafetensors, readTensor, writeSafetensors} from '../weights/safetensors.ts'
import type {AdamWState} from './optimizer.ts'

/** Whether a score is the first or better than the best; a correlation without a value counts as 0, as in reports. */
export const isBetter = (score: number, best: number | undefined): boolean =>
  best === undefined || (score || 0) > (best || 0)

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

const FORMAT = 1

const Meta = z.strictObject({
  format: z.literal(FORMAT),
  ...Stamp.shape,
  ...Progress.shape,
  best: EpochScore.omit({seconds: true}).optional(),
})

export type Stamp = Readonly<z.output<typeof Stamp>>

/** The state of a training run between two steps: all that the next step depends on besides its number. */
export interface TrainState extends Readonly<z.output<typeof Progress>>, AdamWState {
  /** The first of the best epochs, with its trainables. */
  readonly best?: {readonly step: number; readonly score: number; readonly theta: Float32Array}
}

/** The trainables that a training run results in: those of its best epoch if epochs are scored. */
export const finalTheta = ({theta, best}: TrainState): Float32Array => best?.theta ?? theta

/** The position of a state in its training; scoring its epoch is a step of its own. */
export const statePosition = ({step, scores}: Pick<TrainState, 'step' | 'scores'>): number =>
  2 * step + Number(scores?.at(-1)?.step === step)

/** Writes the files of a state in `folder`. */
export async function writeState(folder: string, state: TrainState, stamp: Stamp): Promise<void> {
  const {theta, m, v, best, ...rest} = state
  const flat = (data: Float32Array) => ({dtype: 'float32', shape: [data.length], data}) as const
  const score = best && {best: {step: best.step, score: best.score}}
  const meta: z.input<typeof Meta> = {format: FORMAT, ...stamp, ...rest, ...score} // JSON keeps every bit of a finite number
  const bestTensor = best && {best: flat(best.theta)}
  await writeSafetensors(join(folder, TENSORS), {theta: flat(theta), m: flat(m), v: flat(v), ...bestTensor})
  await writeFile(join(folder, META), `${JSON.stringify(meta)}\n`)
}

/** Reads the state in the folder `path`; `advice` ends the message of a fault. */
export async function readState(path: string, advice = ''): Promise<{state: TrainState; stamp: Stamp}> {
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

/** Reads everything of a state but its tensors. */
export async function readMeta(path: string, advice = ''): Promise<z.output<typeof Meta>> {
  const file = join(path, META)
  const meta = Meta.safeParse(parseStrictObject(await readWhole(file), file))
  if (meta.success) return meta.data
  throw new Fault('input', `${file} is not a training state of format ${FORMAT}${advice}`)
}

/**
 * Reads the losses of all steps of a state, and their gradient norms, even if the rest is damaged. Undefined if they cannot
 * be read.
 *
 * @throws Fault 'input' if the state is not JSON
 */
export async function readLosses(path: string): Promise<z.output<typeof Losses> | undefined> {
  const file = join(path, META)
  const text = await readText(file).catch(() => undefined)
  return text === undefined ? undefined : Losses.safeParse(parseObject(text, file)).data
}

const Losses = z.object({losses: z.array(z.number()), gradNorms: z.array(z.number()).default([])})

const META = 'state.json'
const TENSORS = 'state.safetensors'
