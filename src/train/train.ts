import {setImmediate} from 'node:timers/promises'
import {Fault} from '../base/fault.ts'
import type {Data, Named} from '../engine/program.ts'
import type {Random} from '../tensor/random.ts'
import type {MicroBatch, TrainData} from './batch.ts'
import {type Layout, stretches} from './layout.ts'
import {type AdamW, adamw, clipFactor, gradientNorm} from './optimizer.ts'
import type {ProgramFor} from './programs.ts'
import {learningRate, type Schedule} from './schedule.ts'
import {placeOf, type TrainState} from './state.ts'

export interface TrainSettings extends Schedule, AdamW {
  /** The highest rates of groups of the layout, where they differ from `lr`; the schedule is the same. */
  readonly groupLr?: Named<number>
  /** The longest gradient, over all trainables; none if absent. */
  readonly clip?: number
}

export interface StepReport {
  /** Steps done, of `steps`. */
  readonly step: number
  readonly steps: number
  /** The mean over the step's micro-batches, before the update. */
  readonly loss: number
  /** The rate of what belongs to no group of its own. */
  readonly lr: number
  /** Before clipping. */
  readonly gradNorm: number
  /** Real tokens of this step, and how long it took. */
  readonly tokens: number
  readonly seconds: number
}

export interface TrainOptions {
  /**
   * Programs that take a micro-batch's feeds, `theta` float32 (P) and `seed` int32 (1), the source of their dropout, and
   * answer `loss` float32 (1), the mean over the micro-batch's counted labels, and `grad` float32 (P), its gradient.
   */
  readonly programFor: ProgramFor
  readonly layout: Layout
  /** The trainables' initial values, which stay as they are. */
  readonly theta: Float32Array
  readonly data: TrainData
  readonly settings: TrainSettings
  readonly random: Random
  /** Where an earlier run stopped; then `theta` is not read. */
  readonly state?: TrainState
  readonly save?: (state: TrainState) => Promise<unknown>
  /** Steps or seconds between saves; of the seconds at least 20 times what a save takes. The last step is always saved. */
  readonly saveEvery?: {readonly steps?: number; readonly seconds?: number}
  readonly keepBest?: KeepBest
  readonly onStep?: (report: StepReport) => unknown
  /** Looked at between steps: stop, save and return. */
  readonly signal?: AbortSignal | (() => boolean)
}

/** Scores the trainables after every so many steps and after the last; the first of the best are kept in the state. */
export interface KeepBest {
  readonly every: number
  score(theta: Float32Array, step: number): Promise<number>
  /** Told of the state after it was scored. */
  onScore?(state: TrainState): unknown
}

export interface TrainResult {
  readonly state: TrainState
  /** By `signal`, before the last step. */
  readonly stopped: boolean
}

/**
 * Trains: a step is the mean gradient over its micro-batches, clipped, then AdamW at the schedule's rate. All that a step
 * does follows from the state before it and its number, so a run that stops and goes on answers the same bits as one
 * that does not. A loss or gradient that is not finite is a fault.
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const {layout, data, settings, onStep, signal} = options
  const state = start(options)
  const groups = stretches(layout)
  const grad = new Float32Array(layout.size)
  const saving = saver(options, placeOf(state))

  for (;;) {
    await setImmediate() // a program may never leave the thread: signals and timers get their turn here
    const done = state.step === data.steps
    if ((!done && isStopped(signal)) || (await scoreEpoch(state, options)) === 'stopped') {
      await saving(state, 'now')
      return {state, stopped: true}
    }
    if (done) break
    const began = performance.now()
    const {loss, weight, tokens} = await sumGradients(grad, state, options)
    const gradNorm = gradientNorm(grad) / weight
    const rate = (lr: number) => learningRate(state.step, {...settings, lr})
    adamw(state, grad, {
      ...settings,
      step: state.step + 1,
      scale: clipFactor(gradNorm, settings.clip) / weight,
      groups: groups.map(({from, to, group = ''}) => ({from, to, lr: rate(settings.groupLr?.[group] ?? settings.lr)})),
    })
    const lr = rate(settings.lr)
    const seconds = (performance.now() - began) / 1000

    state.step++
    state.losses.push(loss)
    state.gradNorms.push(gradNorm)
    state.tokens += tokens
    state.seconds += seconds
    await onStep?.({step: state.step, steps: data.steps, loss, lr, gradNorm, tokens, seconds})
    if (state.step < data.steps) await saving(state, 'when due')
  }
  await saving(state, 'now')
  return {state, stopped: false}
}

/** Scores the state where an epoch ends with it, and once only; `stopped` where the signal came meanwhile. */
async function scoreEpoch(state: Live, {data, keepBest, signal}: TrainOptions): Promise<'stopped' | undefined> {
  const {step} = state
  if (!keepBest || step === 0 || (step % keepBest.every !== 0 && step !== data.steps)) return undefined
  if (state.scores?.at(-1)?.step === step) return undefined
  const began = performance.now()
  try {
    const score = await keepBest.score(state.theta, step)
    state.scores = [...(state.scores ?? []), {step, score, seconds: (performance.now() - began) / 1000}]
    if (!state.best || isBetter(score, state.best.score)) state.best = {step, score, theta: state.theta.slice()}
  } catch (error) {
    if (isStopped(signal)) return 'stopped'
    throw error
  }
  await keepBest.onScore?.(state)
  return undefined
}

/** Any score is better than none. */
const isBetter = (score: number, than: number) => score > than || (Number.isNaN(than) && !Number.isNaN(score))

const isStopped = (signal: TrainOptions['signal']) =>
  typeof signal === 'function' ? signal() : signal?.aborted === true

/** The state while it changes. */
type Live = {-readonly [K in keyof TrainState]: TrainState[K]} & {losses: number[]; gradNorms: number[]}

function start({layout, theta, data, state}: TrainOptions): Live {
  const from = state ?? {...BEFORE, theta, m: new Float32Array(layout.size), v: new Float32Array(layout.size)}
  for (const part of ['theta', 'm', 'v'] as const)
    if (from[part].length !== layout.size)
      throw new Fault('failed', `${part}: ${layout.size} trainable values expected, got ${from[part].length}`)
  if (from.step > data.steps)
    throw new Fault('failed', `trained for more than the ${data.steps} steps asked for: ${from.step}`)
  return {
    ...from,
    theta: from.theta.slice(),
    m: from.m.slice(),
    v: from.v.slice(),
    losses: [...from.losses],
    gradNorms: [...from.gradNorms],
  }
}

const BEFORE = {step: 0, losses: [], gradNorms: [], tokens: 0, seconds: 0}

/** Leaves in `grad` the sum of the step's gradients, each times its micro-batch's weight; answers their mean loss. */
async function sumGradients(grad: Float32Array, {step, theta, losses}: Live, {data, programFor, random}: TrainOptions) {
  let loss = 0
  let weight = 0
  let tokens = 0
  grad.fill(0)
  for (const {batch, place} of byLength(await data.microBatches(step), step)) {
    const program = await programFor(batch.rows, batch.length)
    const seed = Int32Array.of(random.fork(`dropout/${step}/${place}`).int(2 ** 31))
    const answer = await program.run({...batch.feeds, theta, seed})
    const found = floats(answer, 'loss', 1)[0]
    const finite = accumulate(grad, floats(answer, 'grad', grad.length), batch.weight)
    if (!Number.isFinite(found) || !finite) throw notFinite(found, {step, losses, batch})
    loss += found * batch.weight
    weight += batch.weight
    tokens += batch.tokens
  }
  return {loss: loss / weight, weight, tokens}
}

/**
 * A step's micro-batches from short to long in even steps and back in odd ones, so that a step begins with the programs
 * that the one before ended with, where not all can be kept.
 */
function byLength(batches: readonly MicroBatch[], step: number): {batch: MicroBatch; place: number}[] {
  const sign = step % 2 === 0 ? 1 : -1
  return batches
    .map((batch, place) => ({batch, place}))
    .sort((a, b) => sign * (a.batch.length - b.batch.length || a.place - b.place))
}

function floats(answer: Readonly<Record<string, Data>>, name: string, length: number): Float32Array {
  const found = answer[name]
  if (found instanceof Float32Array && found.length === length) return found
  throw new Fault('failed', `the training program’s ${name}: ${length} floats expected, got ${found?.length ?? 'none'}`)
}

/** sum += weight · grad. Answers whether all of `grad` is finite. */
function accumulate(sum: Float32Array, grad: Float32Array, weight: number): boolean {
  let zero = 0
  for (let i = 0; i < sum.length; i++) {
    const g = grad[i]
    zero += g * 0 // NaN from the first number on that is NaN or infinite
    sum[i] += g * weight
  }
  return zero === 0
}

function notFinite(loss: number, {step, losses, batch}: {step: number; losses: readonly number[]; batch: MicroBatch}) {
  const what = Number.isFinite(loss) ? 'the gradient' : 'the loss'
  const [last, advice] =
    losses.length === 0
      ? [
          'there is no good loss before',
          "nothing is learnt yet: the model's weights or the data hold such numbers, or too large ones",
        ]
      : [
          `the last good loss, of step ${step}, is ${losses.at(-1)}`,
          'a lower learning rate or a longer warm-up may help',
        ]
  return new Fault(
    'failed',
    `step ${step + 1}: ${what} is not finite on examples ${batch.examples.join(', ')} (${last}); ${advice}; loss: ${loss}`,
  )
}

/** Saves `now`, if anything is unsaved, or `when due`. */
function saver({save, saveEvery: {steps, seconds = 60} = {}}: TrainOptions, begun: number) {
  let saved = begun
  let at = performance.now()
  let took = 0
  return async (state: TrainState, when: 'now' | 'when due') => {
    const waited = performance.now() - at
    const due =
      (steps !== undefined && placeOf(state) - saved >= 2 * steps) || waited >= Math.max(seconds * 1000, 20 * took)
    if (save === undefined || placeOf(state) === saved || (when === 'when due' && !due)) return
    const began = performance.now()
    await save(state)
    saved = placeOf(state)
    at = performance.now()
    took = at - began
  }
}
