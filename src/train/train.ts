import {setImmediate} from 'node:timers/promises'
import {Fault} from '../base/fault.ts'
import type {Named} from '../engine/program.ts'
import {groupRanges} from './layout.ts'
import {type AdamW, clipFactor} from './optimizer.ts'
import {type Optimizer, openOptimizer} from './optimizer-threads.ts'
import {learningRate, type Schedule} from './schedule.ts'
import {isBetter, statePosition, type TrainState} from './state.ts'
import {notFinite, type StepGradientOptions, sumGradients} from './step-gradient.ts'

export interface TrainSettings extends Schedule, AdamW {
  /** The highest learning rates of layout groups that differ from `lr`; the schedule is the same. */
  readonly groupLr?: Named<number>
  /** The maximum gradient norm over all trainables; absent: no clipping. */
  readonly clip?: number
}

export interface StepReport {
  /** The number of steps done, of `steps`. */
  readonly step: number
  readonly steps: number
  /** The mean loss over the step's micro-batches, before the update. */
  readonly loss: number
  /** The learning rate of trainables without a group. */
  readonly lr: number
  /** The gradient norm before clipping. */
  readonly gradNorm: number
  /** The number of tokens of this step, without padding. */
  readonly tokens: number
  readonly seconds: number
}

export interface TrainOptions extends StepGradientOptions {
  /** The trainables' initial values, which training overwrites. */
  readonly theta: Float32Array
  readonly settings: TrainSettings
  /** The state in which an earlier run stopped, which replaces `theta`; training overwrites its vectors. */
  readonly state?: TrainState
  readonly save?: (state: TrainState) => Promise<unknown>
  /** The last step is always saved; default: every minute. */
  readonly saveEvery?: SaveInterval
  readonly keepBest?: KeepBest
  readonly onStep?: (report: StepReport) => unknown
  /** The threads that sum gradients and update the trainables, if these are many; default: 1. */
  readonly threads?: number
  /** Checked between micro-batches: training then stops, saves the state after the last whole step and returns. */
  readonly signal?: AbortSignal
}

/** Steps or seconds between two saves. A save by time waits at least 20 times as long as the last one took. */
export type SaveInterval = {readonly steps: number} | {readonly seconds: number}

/** Scores the trainables after every `every` steps and after the last; the state keeps the first of the best. */
export interface KeepBest {
  readonly every: number
  score(theta: Float32Array, step: number): Promise<number>
  /** Receives each scored state. */
  onScore?(state: TrainState): unknown
}

/**
 * Trains: a step clips the mean gradient over its micro-batches and applies AdamW at the schedule's rate. A step depends
 * only on the state before it and on its number, so that a run that is stopped and resumed gives the same bits as one that
 * is not. A loss or gradient that is not finite is a fault. Where `signal` ended it before its last step, `stopped` is true.
 */
export async function train(options: TrainOptions): Promise<{state: TrainState; stopped: boolean}> {
  const optimizer = openOptimizer(options.layout.size, options.threads ?? 1)
  try {
    return await trainWith(optimizer, options)
  } finally {
    await optimizer.close()
  }
}

async function trainWith(optimizer: Optimizer, options: TrainOptions): ReturnType<typeof train> {
  const {layout, data, settings, onStep, signal} = options
  const state = initialState(options)
  const groups = groupRanges(layout)
  const saveState = saver(options, statePosition(state))

  for (;;) {
    await setImmediate() // a program may block the thread: signals and timers run here
    const done = state.step === data.steps
    if ((!done && signal?.aborted) || (await scoreEpoch(state, options)) === 'stopped') {
      await saveState(state, 'now')
      return {state, stopped: true}
    }
    if (done) break
    const began = performance.now()
    const summed = await sumGradients(optimizer, state, options)
    if (summed === 'stopped') continue
    const {loss, grad, weight, tokens} = summed
    const gradNorm = summed.norm / weight
    if (!Number.isFinite(gradNorm)) throw notFinite("the sum of the micro-batches' gradients exceeds float32", state)
    const rate = (lr: number) => learningRate(state.step, {...settings, lr})
    await optimizer.adamw(state, grad, {
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
    if (state.step < data.steps) await saveState(state, 'when due')
  }
  await saveState(state, 'now')
  return {state, stopped: false}
}

/** Scores the state once at the end of an epoch; returns `stopped` if the signal interrupted the scoring. */
async function scoreEpoch(state: LiveState, {data, keepBest, signal}: TrainOptions): Promise<'stopped' | undefined> {
  const {step} = state
  if (!keepBest || step === 0 || (step % keepBest.every !== 0 && step !== data.steps)) return undefined
  if (state.scores?.at(-1)?.step === step) return undefined
  const began = performance.now()
  try {
    const score = await keepBest.score(state.theta, step)
    state.scores = [...(state.scores ?? []), {step, score, seconds: (performance.now() - began) / 1000}]
    if (isBetter(score, state.best?.score)) {
      const theta = state.best?.theta ?? new Float32Array(state.theta.length)
      theta.set(state.theta)
      state.best = {step, score, theta}
    }
  } catch (error) {
    if (signal?.aborted) return 'stopped'
    throw error
  }
  await keepBest.onScore?.(state)
  return undefined
}

/** The state during training. */
type LiveState = {-readonly [K in keyof TrainState]: TrainState[K]} & {losses: number[]; gradNorms: number[]}

function initialState({layout, theta, data, state}: TrainOptions): LiveState {
  const from = state ?? {...EMPTY, theta, m: new Float32Array(layout.size), v: new Float32Array(layout.size)}
  for (const part of ['theta', 'm', 'v'] as const)
    if (from[part].length !== layout.size)
      throw new Fault('failed', `${part} needs ${layout.size} values, got ${from[part].length}`)
  if (from.step > data.steps)
    throw new Fault('failed', `the saved state has ${from.step} steps, more than the ${data.steps} of this run`)
  return {
    ...from,
    losses: [...from.losses],
    gradNorms: [...from.gradNorms],
  }
}

const EMPTY = {step: 0, losses: [], gradNorms: [], tokens: 0, seconds: 0}

/** Saves `now` if the state has changed, or only `when due`. */
function saver({save, saveEvery = {seconds: 60}}: TrainOptions, begun: number) {
  let saved = begun
  let savedAt = performance.now()
  let took = 0
  const isDue = (state: TrainState) =>
    'steps' in saveEvery
      ? statePosition(state) - saved >= 2 * saveEvery.steps
      : performance.now() - savedAt >= Math.max(saveEvery.seconds * 1000, 20 * took)
  return async (state: TrainState, when: 'now' | 'when due') => {
    if (save === undefined || statePosition(state) === saved || (when === 'when due' && !isDue(state))) return
    const began = performance.now()
    await save(state)
    saved = statePosition(state)
    savedAt = performance.now()
    took = savedAt - began
  }
}
