import {expect, test, vi} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import type {Data, Named, Program} from '../engine/program.ts'
import {random} from '../tensor/random.ts'
import {microBatch, type TrainData, tokenData, type Weighting} from './batch.ts'
import {layout} from './layout.ts'
import {adamw, BLOCK, clipFactor} from './optimizer.ts'
import {order} from './order.ts'
import {type ProgramFor, programs} from './programs.ts'
import {loadNewestState, saveState} from './saved-states.ts'
import {learningRate} from './schedule.ts'
import type {TrainState} from './state.ts'
import type {MicroBatchProgress} from './step-gradient.ts'
import {type StepReport, type TrainOptions, train} from './train.ts'

const V = 6

/** A bigram model: row a of its scores (V, V) says what follows token a; a third of the tokens are dropped by `seed`. */
async function bigrams(rows: number, length: number, rate = 1 / 3): Promise<Program> {
  return {
    async run({theta, input_ids, labels, seed}: Named<Data>) {
      const grad = new Float32Array(theta.length)
      const drop = random(seed[0])
      let loss = 0
      let counted = 0
      for (let i = 0; i < rows * length; i++) {
        if (i % length === length - 1 || labels[i + 1] === -100 || drop.uniform() < rate) continue
        const scores = (theta as Float32Array).subarray(input_ids[i] * V, (input_ids[i] + 1) * V)
        const total = scores.reduce((sum, score) => sum + Math.exp(score), 0)
        loss -= scores[labels[i + 1]] - Math.log(total)
        for (let k = 0; k < V; k++)
          grad[input_ids[i] * V + k] += Math.exp(scores[k]) / total - (labels[i + 1] === k ? 1 : 0)
        counted++
      }
      const share = 1 / Math.max(1, counted)
      return {loss: Float32Array.of(loss * share), grad: grad.map(g => g * share)}
    },
    async dispose() {},
  }
}

/** 13 texts of 5 to 29 tokens, in which token a is mostly followed by 2a + 1. */
const texts = Array.from({length: 13}, (_, i) => {
  const draw = random(9).fork(i)
  const ids = [draw.int(V)]
  while (ids.length < 5 + 2 * i) ids.push(draw.int(5) === 0 ? draw.int(V) : (2 * ids[ids.length - 1] + 1) % V)
  return {ids, labels: ids}
})

const flat = layout({'scores.head': [2, V], 'scores.rest': [4, V]}, name =>
  name === 'scores.head' ? 'head' : undefined,
)
const steps = 9
const data = tokenData(texts, order({examples: 13, steps, batch: 6, microBatch: 2, random: random(4)}), {rows: 2})

function run(changes: Partial<TrainOptions> = {}) {
  return train({
    programFor: programs((rows, length) => bigrams(rows, length), {count: 2}).programFor,
    layout: flat,
    theta: new Float32Array(flat.size),
    data,
    settings: {
      schedule: 'cosine',
      lr: 0.3,
      groupLr: {head: 0.1},
      warmup: 2,
      total: steps,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0.01,
      clip: 0.2,
    },
    random: random(4),
    ...changes,
  })
}

const bits = ({theta, m, v, losses, gradNorms, step, tokens}: TrainState) => ({
  arrays: [theta, m, v].map(array => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex')),
  losses: Buffer.from(Float64Array.from(losses).buffer).toString('hex'),
  gradNorms: Buffer.from(Float64Array.from(gradNorms).buffer).toString('hex'),
  step,
  tokens,
})

const stamp = {recipe: 'ab12', threads: 1, frozen: '', versions: {}}

test('the loss falls, and every step is reported', async () => {
  const reports: StepReport[] = []
  const {state, stopped} = await run({onStep: report => reports.push(report)})
  expect(stopped).toBe(false)
  expect(state.step).toBe(steps)
  expect(state.losses).toHaveLength(steps)
  expect(state.losses[0]).toBeCloseTo(Math.log(V), 6)
  expect(state.losses[steps - 1]).toBeLessThan(1.4)
  expect(reports.map(({step}) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(reports.map(({loss}) => loss)).toEqual(state.losses)
  expect(reports.map(({gradNorm}) => gradNorm)).toEqual(state.gradNorms)
  expect(reports.map(({lr}) => lr)).toEqual(
    reports.map((_, step) => learningRate(step, {schedule: 'cosine', lr: 0.3, warmup: 2, total: steps})),
  )
  expect(reports.reduce((sum, {tokens}) => sum + tokens, 0)).toBe(state.tokens)
  expect(reports.every(({seconds, steps: all}) => seconds > 0 && all === steps)).toBe(true)
})

test('a step is the mean gradient over its micro-batches, clipped, then AdamW with each group’s rate', async () => {
  const theta = Float32Array.from({length: flat.size}, (_, i) => Math.sin(i))
  const {state} = await run({theta: theta.slice(), data: {...data, steps: 2}})

  const expected = {theta: theta.slice(), m: new Float32Array(flat.size), v: new Float32Array(flat.size)}
  for (const step of [0, 1]) {
    const batches = await data.microBatches(step)
    const outputs: Record<string, Data>[] = []
    for (const [index, {rows, length, feeds}] of batches.entries()) {
      const seed = Int32Array.of(
        random(4)
          .fork(`dropout/${step}/${index}`)
          .int(2 ** 31),
      )
      outputs.push(await (await bigrams(rows, length)).run({...feeds, theta: expected.theta, seed}))
    }
    expect(outputs).toHaveLength(3)
    const mean = (of: (output: Record<string, Data>) => number) =>
      outputs.reduce((sum, output) => sum + of(output), 0) / 3
    const grad = Float32Array.from({length: flat.size}, (_, i) => mean(({grad}) => grad[i]))
    const norm = Math.hypot(...grad)
    const rate = (lr: number) => learningRate(step, {schedule: 'cosine', lr, warmup: 2, total: steps})
    const groups = [
      {from: 0, to: 12, lr: rate(0.1)},
      {from: 12, to: 36, lr: rate(0.3)},
    ]
    const scale = clipFactor(norm, 0.2)
    expect(scale).toBeLessThan(1)
    expect(state.losses[step]).toBeCloseTo(
      mean(({loss}) => loss[0]),
      6,
    )
    expect(state.gradNorms[step]).toBeCloseTo(norm, 6)
    adamw(expected, grad, {betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.01, step: step + 1, groups, scale})
  }
  for (const part of ['theta', 'm', 'v'] as const)
    for (let i = 0; i < flat.size; i++) expect(Math.abs(state[part][i] - expected[part][i])).toBeLessThan(1e-6)
})

test('the micro-batch size changes nothing if each example has one label', async () => {
  // next-token prediction in texts of two tokens, without dropout: one label an example; 5 examples in the last batch
  const pairs = texts.map(({ids}) => ({ids: ids.slice(0, 2), labels: [-100, ids[1]]}))
  const steady = async (rows: number, length: number): Promise<Program> => {
    const {run, dispose} = await bigrams(rows, length)
    return {run: ({...feeds}) => run({...feeds, seed: Int32Array.of(KEEPS_ALL)}), dispose}
  }
  const curve = async (microBatch: number) => {
    const chosen = order({examples: 13, epochs: 3, batch: 8, microBatch, random: random(4)})
    const {state} = await run({programFor: steady, data: tokenData(pairs, chosen, {rows: microBatch})})
    return state.losses
  }
  const whole = await curve(8)
  expect(whole).toHaveLength(6)
  for (const microBatch of [1, 3, 4])
    for (const [step, loss] of (await curve(microBatch)).entries()) expect(loss).toBeCloseTo(whole[step], 5)
})

test('the micro-batch size changes nothing if micro-batches are weighted by tokens', async () => {
  const steady = async (rows: number, length: number): Promise<Program> => {
    const {run, dispose} = await bigrams(rows, length, 0)
    return {run, dispose}
  }
  const losses = async (microBatch: number, weighting: Weighting) => {
    const chosen = order({examples: 13, steps: 5, batch: 12, microBatch, random: random(4)})
    const {state} = await run({programFor: steady, data: tokenData(texts, chosen, {rows: microBatch, weighting})})
    return state.losses
  }
  const whole = await losses(12, 'tokens')
  for (const [step, loss] of (await losses(4, 'tokens')).entries()) expect(loss).toBeCloseTo(whole[step], 5)
  expect(Math.abs((await losses(4, 'micro-batches'))[4] - whole[4])).toBeGreaterThan(1e-3)
})

/** A seed whose stream drops none of the first 8 tokens. */
const KEEPS_ALL = Array.from({length: 1000}, (_, seed) => seed).find(seed => {
  const draw = random(seed)
  return Array.from({length: 8}, () => draw.uniform()).every(u => u >= 1 / 3)
}) as number

test('two runs give the same bits', async () => {
  expect(bits((await run()).state)).toEqual(bits((await run()).state))
})

test('a run stopped after any step, saved and loaded gives the bits of an uninterrupted one', async () => {
  const straight = bits((await run()).state)
  for (let k = 0; k <= steps; k++) {
    const folder = openFolder()
    const stop = new AbortController()
    if (k === 0) stop.abort()
    const first = await run({
      signal: stop.signal,
      onStep: ({step}) => step === k && stop.abort(),
      save: state => saveState(folder, state, stamp),
    })
    expect([first.stopped, first.state.step]).toEqual([k < steps, k])
    const {state} = await loadNewestState(folder, stamp)
    expect(state?.step).toBe(k === 0 ? undefined : k)
    const second = await run({state})
    expect(second.stopped).toBe(false)
    expect(bits(second.state), `stopped after step ${k}`).toEqual(straight)
  }
})

test('a run killed at any step resumes from its newest state and gives the bits of an uninterrupted one', async () => {
  const straight = bits((await run()).state)
  for (let k = 1; k <= steps; k++) {
    const folder = openFolder()
    const save = (state: TrainState) => saveState(folder, state, stamp)
    const killed = run({
      save,
      saveEvery: {steps: 2},
      onStep: ({step}) => {
        if (step === k) throw new Error('killed')
      },
    })
    await expect(killed).rejects.toThrow('killed')
    const {state} = await loadNewestState(folder, stamp)
    expect(state?.step).toBe(k <= 2 ? undefined : k - 2 + (k % 2))
    expect(bits((await run({state, save})).state), `killed at step ${k}`).toEqual(straight)
  }
})

test('different seeds, orders and initial values give different bits', async () => {
  const straight = bits((await run()).state)
  expect(bits((await run({random: random(5)})).state)).not.toEqual(straight)
  expect(bits((await run({theta: new Float32Array(flat.size).fill(0.1)})).state)).not.toEqual(straight)
})

test('a long vector trains to the same bits on several threads', async () => {
  const long = layout({w: [BLOCK + 5]})
  const runOn = async (threads: number) => {
    const programFor: ProgramFor = async () => ({
      async run({theta}) {
        const grad = (theta as Float32Array).map((value, i) => value - (i % 7))
        return {loss: Float32Array.of(grad[1] ** 2), grad}
      },
      dispose: async () => undefined,
    })
    const {state} = await run({
      layout: long,
      theta: new Float32Array(long.size),
      programFor,
      threads,
      data: {...data, steps: 2},
    })
    return state
  }
  const [one, two] = [await runOn(1), await runOn(2)]
  expect(two.gradNorms).toEqual(one.gradNorms)
  for (const name of ['theta', 'm', 'v'] as const)
    expect(Buffer.from(two[name].buffer).equals(Buffer.from(one[name].buffer))).toBe(true)
  expect(one.theta.at(-1)).toBeGreaterThan(0)
})

test('training works in the vectors that it is given, without copies of them', async () => {
  const theta = new Float32Array(flat.size)
  const {state: half} = await run({theta, data: {...data, steps: 4}})
  expect(half.theta).toBe(theta)
  const {state} = await run({state: half})
  for (const name of ['theta', 'm', 'v'] as const) expect(state[name]).toBe(half[name])
  expect(half.losses).toHaveLength(4)
})

test('an abort stops training between steps and saves the state', async () => {
  const stop = new AbortController()
  let saves = 0
  const {state, stopped} = await run({
    signal: stop.signal,
    onStep: ({step}) => step === 3 && stop.abort(),
    save: async () => ++saves,
  })
  expect([stopped, state.step, saves]).toEqual([true, 3, 1])
})

test('an abort within a step leaves its other micro-batches, and the resumed run has the bits of an uninterrupted one', async () => {
  const stop = new AbortController()
  const parts: MicroBatchProgress[] = []
  const first = await run({
    signal: stop.signal,
    onMicroBatch: part => {
      parts.push(part)
      if (part.step === 3) stop.abort()
    },
  })
  const total = (await data.microBatches(3)).length
  expect([first.stopped, first.state.step]).toEqual([true, 3])
  expect(parts.filter(({step}) => step === 3)).toEqual([{step: 3, done: 1, total}])
  expect(bits((await run({state: first.state})).state)).toEqual(bits((await run()).state))
})

test('timers run between steps, although programs block the thread', async () => {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 5)
  const forever: TrainData = {steps: 1_000_000, microBatches: step => data.microBatches(step % steps)}
  const {stopped} = await run({data: forever, signal: stop.signal})
  expect(stopped).toBe(true)
})

test('states are saved every few steps and after the last', async () => {
  const saved: number[] = []
  await run({saveEvery: {steps: 4}, save: async ({step}) => saved.push(step)})
  expect(saved).toEqual([4, 8, 9])
})

test('steps between two saves replace the save every minute', async () => {
  const saved: number[] = []
  vi.useFakeTimers({toFake: ['performance']})
  try {
    const onStep = () => vi.advanceTimersByTime(61_000)
    await run({saveEvery: {steps: 4}, save: async ({step}) => saved.push(step), onStep})
    expect(saved).toEqual([4, 8, 9])
    saved.length = 0
    await run({save: async ({step}) => saved.push(step), onStep})
    expect(saved).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  } finally {
    vi.useRealTimers()
  }
})

test('states are saved as time passes', async () => {
  const saved: number[] = []
  const wait = () => new Promise(resolve => setTimeout(resolve, 4))
  await run({saveEvery: {seconds: 0.01}, save: async ({step}) => saved.push(step), onStep: wait})
  expect(saved.length).toBeGreaterThan(1)
  expect(saved.length).toBeLessThan(steps)
  expect(saved.at(-1)).toBe(steps)
})

test('slow saves are less frequent, so that they take at most a twentieth of the time', async () => {
  const saved: number[] = []
  const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
  await run({
    saveEvery: {seconds: 0},
    save: async ({step}) => {
      saved.push(step)
      await wait(20)
    },
    onStep: () => wait(2),
  })
  expect(saved).toEqual([1, steps])
})

test('a state saved during training resumes to the same bits', async () => {
  const straight = bits((await run()).state)
  const saved: TrainState[] = []
  await run({saveEvery: {steps: 1}, save: async state => saved.push(structuredClone(state))})
  expect(saved).toHaveLength(steps)
  for (const state of saved) expect(bits((await run({state})).state)).toEqual(straight)
})

/** The bigram model, which returns `value` for this one micro-batch. */
const spoilt =
  (ids: Data, part: 'loss' | 'grad', value: number) =>
  async (rows: number, length: number): Promise<Program> => {
    const program = await bigrams(rows, length)
    return {
      ...program,
      async run(feeds) {
        const outputs = await program.run(feeds)
        if (`${feeds.input_ids}` === `${ids}`) outputs[part][0] = value
        return outputs
      },
    }
  }

test.each([
  ['loss', Number.NaN, 'the loss is not finite'],
  ['loss', Number.POSITIVE_INFINITY, 'the loss is not finite'],
  ['grad', Number.NaN, 'the gradient is not finite'],
  ['grad', Number.NEGATIVE_INFINITY, 'the gradient is not finite'],
] as const)(
  'a %s of %d stops the run with a fault that names the step, the examples and the last loss',
  async (part, value, message) => {
    const good = (await run({data: {...data, steps: 3}})).state.losses[2]
    const {feeds, examples} = (await data.microBatches(3))[1]
    const failure = run({programFor: spoilt(feeds.input_ids, part, value)})
    await expect(failure).rejects.toMatchObject({name: 'Fault', kind: 'diverged'})
    await expect(failure).rejects.toThrow(`step 4: ${message} on examples ${examples.join(', ')}; loss: `)
    await expect(failure).rejects.toThrow(`; the loss of step 3 was ${good}; try a lower learning rate`)
  },
)

test('gradients whose sum exceeds float32 stop the run before they reach the parameters', async () => {
  let runs = 0
  const programFor = async (rows: number, length: number): Promise<Program> => {
    const program = await bigrams(rows, length)
    return {
      ...program,
      async run(feeds) {
        const {loss, grad} = await program.run(feeds)
        return {loss, grad: runs++ < 3 ? grad : (grad as Float32Array).map(() => 2e38)} // three micro-batches are a step
      },
    }
  }
  const failure = run({programFor})
  await expect(failure).rejects.toMatchObject({name: 'Fault', kind: 'diverged'})
  await expect(failure).rejects.toThrow(
    "step 2: the sum of the micro-batches' gradients exceeds float32; the loss of step 1",
  )
})

test('a step in which no label counts has no mean, which is a fault of the data', async () => {
  const silent = texts.map(({ids}) => ({ids, labels: ids.map((id, t) => (t === 0 ? id : -100))}))
  const options = {rows: 2, weighting: 'tokens'} as const
  const failure = run({
    data: tokenData(silent, order({examples: 13, steps, batch: 6, microBatch: 2, random: random(4)}), options),
  })
  await expect(failure).rejects.toMatchObject({name: 'Fault', kind: 'input'})
  await expect(failure).rejects.toThrow(
    /^step 1: examples (\d+, ){5}\d+ give no loss: none has a target token after its first token; leave them out of the training data$/,
  )
})

test('a first loss that is not finite is a fault of the model or the data', async () => {
  const {feeds} = (await data.microBatches(0))[0]
  await expect(run({programFor: spoilt(feeds.input_ids, 'loss', Number.NaN)})).rejects.toThrow(
    /^step 1: the loss is not finite on .*; loss: NaN; this is the first step: the model's weights, the data or the recipe /,
  )
})

test('a program with other outputs is refused', async () => {
  const wrong = async (): Promise<Program> => ({
    run: async () => ({loss: Float32Array.of(1), grad: new Float32Array(5)}),
    dispose: async () => {},
  })
  await expect(run({programFor: wrong})).rejects.toThrow("the training program's grad should be 36 floats, got 5")
})

test('a state of another layout or a longer run is refused', async () => {
  const {state} = await run()
  await expect(run({state: {...state, m: new Float32Array(3)}})).rejects.toThrow('m needs 36 values, got 3')
  await expect(run({state, data: {...data, steps: 5}})).rejects.toThrow(
    'the saved state has 9 steps, more than the 5 of this run',
  )
  await expect(run({theta: new Float32Array(35)})).rejects.toThrow('theta needs 36 values, got 35')
})

test('a step begins with the programs with which the step before ended, which are cached', async () => {
  const built: number[] = []
  const {programFor} = programs(
    (rows, length) => {
      built.push(length)
      return bigrams(rows, length)
    },
    {count: 2},
  )
  const batches = [12, 0, 8].map(number => microBatch(texts, [number], {rows: 1}))
  expect(batches.map(({length}) => length)).toEqual([32, 16, 24])
  await run({programFor, data: {steps: 4, microBatches: () => batches}})
  expect(built).toEqual([16, 24, 32, 16, 32, 16])
})

test('each epoch is scored once, the last one too where it is short, and the best one keeps its parameters', async () => {
  const asked: {readonly step: number; readonly theta: Float32Array}[] = []
  const scored: TrainState[] = []
  const keepBest = {
    every: 4,
    score: async (theta: Float32Array, step: number) => {
      asked.push({step, theta: theta.slice()})
      return step === 4 ? 1 : 0
    },
    onScore: (state: TrainState) => scored.push(structuredClone(state)),
  }
  const {best} = (await run({keepBest})).state
  expect(asked.map(({step}) => step)).toEqual([4, 8, 9])
  expect(best).toEqual({step: 4, score: 1, theta: asked[0].theta})
  expect(best?.theta).not.toEqual(asked[2].theta)

  asked.length = 0
  expect((await run({keepBest, state: scored[0]})).state.best).toEqual(best)
  expect(asked.map(({step}) => step)).toEqual([8, 9])
})

test('a score without a value counts as 0 in the choice of the best epoch', async () => {
  const best = async (...scores: number[]) => {
    let asked = 0
    const keepBest = {every: 3, score: async () => scores[asked++]}
    return (await run({keepBest})).state.best?.step
  }
  expect(await best(NaN, -0.5, NaN)).toBe(3)
  expect(await best(NaN, 0.5, NaN)).toBe(6)
  expect(await best(-0.5, NaN, 0)).toBe(6)
  expect(await best(0.2, NaN, 0.2)).toBe(3)
  expect(await best(NaN, NaN, NaN)).toBe(3)
})
