// The paper says of SVF and SVFT plain that they are equivalent by design (Table 9 as published): their steps, compared.
import {expect, test} from 'vitest'
import {ENGINES, type Numbers, relativeError, stored} from '../../test/models/adapters.ts'
import {LLAMA, openCausal, parametersOf} from '../../test/models/llama.ts'
import {type Adapter, float, type ModuleTensors} from '../adapters/adapter.ts'
import {fullNames, plan} from '../adapters/plan.ts'
import {buildSvf} from '../adapters/svf.ts'
import {buildSvft} from '../adapters/svft/build.ts'
import type {Formulation} from '../adapters/svft/formulation.ts'
import type {Engine, Named, Stored} from '../engine/program.ts'
import type {Factors} from '../linalg/factors.ts'
import {openSvd} from '../linalg/svd.ts'
import {random} from '../tensor/random.ts'
import {type Tensor2D, tf} from '../tensor/tf.ts'
import {tokenData} from './batch.ts'
import {layout} from './layout.ts'
import {order} from './order.ts'
import {programs} from './programs.ts'
import {trainingPrograms} from './step.ts'
import {type TrainSettings, train} from './train.ts'

const [, onnx] = ENGINES
const model = openCausal(LLAMA)
const parameters = parametersOf(LLAMA)
const targets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']

const STEPS = 12
const texts = Array.from({length: 10}, (_, i) => {
  const draw = random(3).fork(i)
  const ids = Array.from({length: 4 + i}, () => draw.int(20))
  return {ids, labels: ids}
})
const data = tokenData(
  texts,
  order({examples: texts.length, steps: STEPS, batch: 4, microBatch: 2, random: random(4)}),
  {rows: 2},
)

const SETTINGS: TrainSettings = {
  schedule: 'cosine',
  lr: 0.02,
  warmup: 1,
  total: STEPS,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  clip: 0.6,
}

const svf = (formulation?: Formulation) => buildSvf({formulation})
const svft = (formulation?: Formulation, gate = false) =>
  buildSvft({pattern: 'plain', gate, init: 'zeros', formulation})

for (const engine of ENGINES) {
  for (const formulation of ['factorized', 'merged'] as const) {
    for (const weightDecay of [0, 0.1]) {
      test(`SVF and SVFT plain without gate, from zeros, take the same steps bit for bit: ${formulation}, decay ${weightDecay}, on the ${engine.name} engine`, async () => {
        const settings = {...SETTINGS, weightDecay}
        const ours = await trained(svf(formulation), {engine, settings})
        const theirs = await trained(svft(formulation), {engine, settings})
        expect(ours).toEqual(theirs)
        expect(ours.losses[STEPS - 1]).toBeLessThan(ours.losses[0] - 0.1)
        expect(Math.max(...ours.gradNorms)).toBeGreaterThan(SETTINGS.clip!) // some steps are clipped
      })
    }
  }
}

test('two formulations take the same steps within rounding', async () => {
  const [first, second] = [await trained(svf('factorized')), await trained(svf('merged'))]
  expect(second.theta).not.toEqual(first.theta)
  expect(relativeError(second.theta, first.theta)).toBeLessThan(1e-4)
})

test('trained from W’s own singular values, not from zero changes, they agree within rounding', async () => {
  const sigma = await singularValues()
  const change = await trained(svf('factorized'))
  const itself = await trained(literal)
  expect(itself.losses[0]).toBe(change.losses[0])
  const moved = itself.theta.map((value, i) => value - sigma[i])
  expect(moved).not.toEqual(change.theta)
  expect(relativeError(moved, change.theta)).toBeLessThan(1e-4)
})

test('weight decay pulls the change to 0, and singular values that are trained themselves to 0', async () => {
  const settings = {...SETTINGS, weightDecay: 0.1}
  const sigma = await singularValues()
  const [free, change, itself] = [
    await trained(svf()),
    await trained(svf(), {settings}),
    await trained(literal, {settings}),
  ]
  const sum = (values: Float32Array) => values.reduce((total, value) => total + Math.abs(value), 0)
  expect(sum(change.theta)).toBeLessThan(sum(free.theta))
  expect(sum(change.theta)).toBeGreaterThan(0.98 * sum(free.theta))
  const lrs = SETTINGS.lr * (STEPS / 2) // the mean of the schedule is half its highest rate
  const lost = sum(sigma.map((value, i) => value + change.theta[i])) - sum(itself.theta)
  expect(lost / sum(sigma)).toBeCloseTo(lrs * settings.weightDecay, 3)
})

test('with a gate, the first gradient to M is half, the first step of M the same, and the gate does not move yet', async () => {
  const settings = {...SETTINGS, warmup: 0}
  const [plain, gated] = [svft('factorized'), svft('factorized', true)]
  const [without, withGate] = [await trained(plain, {settings, steps: 1}), await trained(gated, {settings, steps: 1})]
  expect(withGate.gradNorms[0]).toBe(without.gradNorms[0] / 2)
  const m: number[] = []
  const gates: number[] = []
  for (const {name, from, to} of withGate.slots) {
    const values = withGate.theta.subarray(from, to)
    ;(name.endsWith('.gate') ? gates : m).push(...values)
  }
  expect(gates.every(gate => gate === 0)).toBe(true)
  expect(relativeError(m, without.theta)).toBeLessThan(1e-4) // but for ε in AdamW's denominator
})

/** SVF as written: σ itself is the trainable tensor. */
const literal: Adapter<'u' | 'v', 'sigma'> = {
  shapes([out, into]) {
    const n = Math.min(out, into)
    return {frozen: {u: float(out, n), v: float(n, into)}, trainable: {sigma: float(n)}}
  },
  async init(origin) {
    const {u, sigma, v} = await origin.factors()
    return {frozen: {u, v}, trainable: {sigma: valuesOf(sigma)}}
  },
  forward: (x, {u, sigma, v}) =>
    tf.matMul(tf.mul(tf.matMul(x, v as Tensor2D, false, true), sigma), u as Tensor2D, false, true),
  merge: ({u, sigma, v}: ModuleTensors<'u' | 'v' | 'sigma'>) => tf.matMul(tf.mul(u, sigma) as Tensor2D, v as Tensor2D),
}

const valuesOf = ({at}: Stored): Float32Array => {
  if (!('data' in at)) throw new Error('in memory only')
  return Float32Array.from(at.data as Float32Array)
}

async function singularValues(): Promise<Float32Array> {
  const all: number[] = []
  for (const {path} of plan(model, {adapter: literal, targets}).modules) {
    all.push(...valuesOf((await factorsOf(parameters[`${path}.weight`])).sigma))
  }
  return Float32Array.from(all)
}

interface Training {
  readonly engine?: Engine
  readonly settings?: TrainSettings
  readonly steps?: number
}

/** Trains an adapter on all linear layers of a tiny LLaMA. */
async function trained(adapter: Adapter, {engine = onnx, settings = SETTINGS, steps = STEPS}: Training = {}) {
  const planned = plan(model, {adapter, targets})
  const values: Record<string, Float32Array> = {}
  const weights: Record<string, Stored> = Object.fromEntries(
    Object.entries(parameters).map(([name, numbers]) => [name, stored(numbers)]),
  )
  for (const module of planned.modules) {
    const weight = parameters[`${module.path}.weight`]
    const origin = {shape: module.weight, weight: async () => weight.data, factors: () => factorsOf(weight)}
    const initial = await adapter.init(origin, random(1))
    Object.assign(weights, fullNames(module, 'frozen', initial.frozen))
    Object.assign(values, fullNames(module, 'trainable', initial.trainable as Named<Float32Array>))
  }
  const slots = layout(planned.trainable)
  const compiled = programs(trainingPrograms(engine, {model, plan: planned, layout: slots, weights}), {count: 20})
  const {state} = await train({
    programFor: compiled.programFor,
    layout: slots,
    theta: slots.pack(values),
    data: {...data, steps},
    settings,
    random: random(5),
  }).finally(compiled.dispose)
  const {theta, m, v, losses, gradNorms} = state
  return {slots: slots.slots, theta, m, v, losses, gradNorms}
}

const factors = new Map<Numbers, Promise<Factors>>()
function factorsOf(weight: Numbers): Promise<Factors> {
  const known = factors.get(weight) ?? factorize(weight)
  factors.set(weight, known)
  return known
}

async function factorize({data, shape: [out, into]}: Numbers): Promise<Factors> {
  const svd = openSvd({threads: 1})
  const {u, s, v} = await svd.svd(data, [out, into], {name: 'weight'}).finally(svd.dispose)
  const n = s.length
  return {
    u: stored({shape: [out, n], data: u}),
    sigma: stored({shape: [n], data: s}),
    v: stored({shape: [n, into], data: v}),
  }
}
