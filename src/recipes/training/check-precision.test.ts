import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {enterWorkplace, tinyRecipe} from '../../../test/support/workplace.ts'
import type {Data, Engine} from '../../engine/program.ts'
import {random} from '../../tensor/random.ts'
import {layout} from '../../train/layout.ts'
import {trainingPrograms} from '../../train/step.ts'
import {events, type RunEvent} from '../events.ts'
import {openExperiment} from '../experiment.ts'
import {runFolderAt} from '../run-folder.ts'
import {checkPrecision} from './check-precision.ts'
import {trainModel} from './train-model.ts'
import {trainingOrder} from './train-order.ts'

let folder: string
beforeEach(async () => {
  folder = await enterWorkplace()
})

type Outputs = Record<string, Data>

/** An engine whose training programs return results that `change` has changed, as if in another precision. */
const changed = (engine: Engine, change: (outputs: Outputs) => Outputs): Engine => ({
  ...engine,
  precision: 'bf16',
  async compile(step, options) {
    const program = await engine.compile(step, options)
    return {...program, run: async (feeds, sizes) => change(await program.run(feeds, sizes))}
  },
})

const asIs = (outputs: Outputs) => outputs

/** Gradients with the relative error of rounding to 8 binary digits. */
function rounded({loss, grad}: Outputs): Outputs {
  const stream = random(3)
  return {loss, grad: (grad as Float32Array).map(value => value * (1 + 2 ** -8 * stream.normal()))}
}

const ADAPTER = {method: 'lora', rank: 2, alpha: 4, dropout: 0.3, targets: ['q_proj', 'up_proj']}

/** Trains with such an engine, until `stopAfter` steps are done in all. */
async function work(change?: (outputs: Outputs) => Outputs, stopAfter = Number.POSITIVE_INFINITY) {
  const experiment = await openExperiment(await tinyRecipe(folder, {adapter: ADAPTER}))
  const stop = new AbortController()
  const reported: RunEvent[] = []
  const report = events(event => {
    reported.push(event)
    if (event.type === 'step' && event.report.step === stopAfter) stop.abort()
  })
  const engine = change ? changed(experiment.engine, change) : experiment.engine
  const stamp = {recipe: 'tiny', threads: 1, versions: {}}
  const at = runFolderAt(join(folder, 'run'))
  mkdirSync(at.path, {recursive: true})
  const trained = await trainModel({...experiment, engine}, {folder: at, stamp, events: report, signal: stop.signal})
  if (!trained) throw new Error('the recipe trains nothing')
  return {state: trained.state, reported}
}

test('the check changes nothing in the training, and its cosine stays that of the start after a resumption', async () => {
  const {state: float32} = await work()
  expect(float32.gradientCosine).toBeUndefined()

  folder = await enterWorkplace()
  const {state: stopped} = await work(asIs, 2)
  expect(stopped).toMatchObject({step: 2, gradientCosine: 1})
  const {state: resumed, reported} = await work(asIs)
  const measured = {seconds: expect.any(Number), joules: resumed.joules}
  expect(resumed).toEqual({...float32, gradientCosine: 1, ...measured})
  expect(reported.filter(({type}) => type === 'progress')).toHaveLength(1) // the resumed part is checked as well

  folder = await enterWorkplace()
  const {state: started} = await work(rounded, 2)
  expect(started.gradientCosine).toBeGreaterThan(0.999)
  expect(started.gradientCosine).toBeLessThan(1)
  expect((await work(asIs)).state.gradientCosine).toBe(started.gradientCosine)
})

test('a resumed run is compared where it started, not where its losses have become small', async () => {
  const losses: number[] = []
  const worseLater = ({loss, grad}: Outputs) => {
    losses.push(Number(loss[0]))
    return {loss: Float32Array.of((loss[0] === losses[0] ? 1 : 1.1) * loss[0]), grad}
  }
  await work(worseLater, 2)
  expect(new Set(losses).size).toBeGreaterThan(1)
  expect((await work(worseLater)).state.step).toBeGreaterThan(2)

  const {reported} = await work(worseLater) // nothing is left to train
  expect(reported.filter(({type}) => type === 'progress')).toEqual([])
})

test('a wrong gradient stops the run before its first step, and names the tensors', async () => {
  const swapped = ({loss, grad}: Outputs) => {
    const values = (grad as Float32Array).slice()
    for (let i = 32; i < 64; i++) values[i] = -values[i] // q_proj's lora_B, behind its lora_A of 2 × 16
    return {loss, grad: values}
  }
  await expect(work(swapped)).rejects.toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(
      /^bf16 differs from float32 by more than rounding usually does on the first 8 micro-batches: .*the gradients of 1 out of 4 tensors; the gradients that differ most: model\.layers\.0\.self_attn\.q_proj\.lora_B with a cosine of -1\.0000 and a norm of 1\.00 to 1; train in float32, with engine: onnx: a method that starts far from the trained model may need it; if this one starts from the trained model, report this with the recipe, the processor and the version of onnx$/,
    ),
  })
})

test('a wrong loss stops the run', async () => {
  await expect(work(({loss, grad}) => ({loss: Float32Array.of(1.1 * loss[0]), grad}))).rejects.toThrow(
    /on the first 8 micro-batches: a loss of \S+ instead of \S+; the gradients/,
  )
})

test('a loss or gradient that is not finite stops the run, with the examples', async () => {
  const broken = ({loss, grad}: Outputs) => ({loss, grad: (grad as Float32Array).map(() => Number.NaN)})
  await expect(work(broken)).rejects.toThrow(
    /^the loss or the gradient is not finite in bf16 on examples \d+, \d+; use engine: onnx, and report this with the recipe/,
  )
})

/**
 * Checks the first micro-batches of a run, whose engine's results `change` has changed, with memory for some comparisons:
 * for all of them, or for `beside` if the programs of earlier ones are not disposed of.
 */
async function checkWithin(change: (outputs: Outputs) => Outputs, comparisons: number, beside = comparisons) {
  const experiment = await openExperiment(await tinyRecipe(folder, {adapter: ADAPTER}))
  const {recipe, plan, model, data, tensors} = experiment
  if (!recipe.train) throw new Error('the recipe trains')
  const slots = layout(plan.trainable)
  const order = trainingOrder(recipe.train, {examples: data.examples, model, random: random(1)})
  const step = {model, plan, layout: slots, weights: tensors}
  const engine = changed(experiment.engine, change)
  const warnings: string[] = []
  let compiled = 0
  let disposed = 0
  const build = trainingPrograms(engine, step)
  const cosine = await checkPrecision(
    {...experiment, engine},
    {
      step,
      programFor(rows, length) {
        compiled++
        return build(rows, length)
      },
      async dispose() {
        disposed = compiled
      },
      layout: slots,
      theta: Float32Array.from({length: slots.size}, (_, i) => Math.sin(i) / 10),
      data: data.batches(order, 2),
      random: random(1),
      events: {progress: () => {}, warn: text => warnings.push(text)},
      signal: new AbortController().signal,
      available: () => (compiled < comparisons && compiled - disposed < beside ? 1e9 : 1000),
    },
  )
  return {cosine, warnings, compiled, disposed}
}

test('if float32 does not fit in memory, the run is not compared, and a warning says so', async () => {
  const {cosine, warnings} = await checkWithin(asIs, 0)
  expect(cosine).toBeUndefined()
  expect(warnings).toEqual([
    expect.stringMatching(/^tiny: bf16 is not compared with float32, which takes \S+ [kM]B; 1(\.0)? kB are available$/),
  ])
})

test('a micro-batch that alone exceeds the strict bounds is compared together with the next ones until all meet them', async () => {
  let left = 1
  const offOnce = ({loss, grad}: Outputs) => ({loss: Float32Array.of((left-- > 0 ? 1.003 : 1) * loss[0]), grad})
  const {cosine, warnings} = await checkWithin(offOnce, 2) // a third would not fit in memory, and a warning would say so
  expect({cosine, warnings}).toEqual({cosine: 1, warnings: []})
})

test('where float32 does not fit beside the programs of earlier comparisons, these make room', async () => {
  const offAtFirst = () => {
    let left = 2
    return ({loss, grad}: Outputs) => ({loss: Float32Array.of((left-- > 0 ? 1.005 : 1) * loss[0]), grad})
  }
  const roomy = await checkWithin(offAtFirst(), 8)
  expect(roomy).toEqual({cosine: 1, warnings: [], compiled: 5, disposed: 0})
  const tight = await checkWithin(offAtFirst(), 8, 1)
  expect(tight).toEqual({cosine: 1, warnings: [], compiled: 5, disposed: 4})
})

test('if float32 fits no longer, the micro-batches that were compared have to meet the loose bounds', async () => {
  const noisy = ({loss, grad}: Outputs) => {
    const [stream, values] = [random(3), grad as Float32Array]
    const size = Math.hypot(...values) / Math.sqrt(values.length)
    return {loss, grad: values.map(value => value + 0.2 * size * stream.normal())}
  }
  const {cosine, warnings} = await checkWithin(noisy, 1)
  expect(cosine).toBeGreaterThan(0.95)
  expect(cosine).toBeLessThan(0.995)
  expect(warnings).toEqual([expect.stringMatching(/^tiny: bf16 is compared on 1 micro-batch only with float32, which/)])

  const negated = ({loss, grad}: Outputs) => ({loss, grad: (grad as Float32Array).map(value => -value)})
  await expect(checkWithin(negated, 1)).rejects.toThrow(
    /on the first micro-batch: a gradient with a cosine of -1\.0000/,
  )
})
