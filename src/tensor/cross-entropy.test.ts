import {expect, test} from 'vitest'
import {type Numbers, normals, relativeError} from '../../test/models/adapters.ts'
import {expectGradients, type Feeds, JS, ONNX, run, traced} from '../../test/models/engines.ts'
import type {Step} from '../engine/program.ts'
import {
  crossEntropy,
  IGNORED,
  linearCrossEntropies,
  linearCrossEntropy,
  nextTokens,
  squaredError,
} from './cross-entropy.ts'
import {random} from './random.ts'
import {type Tensor, type Tensor1D, type Tensor2D, tf} from './tf.ts'

const any = (...shape: number[]) => normals(shape, random(1, `${shape}`))
const lossOf = (labels: readonly number[], cap?: number) => (h: Tensor, W: Tensor) =>
  linearCrossEntropy(h as Tensor2D, W as Tensor2D, tf.tensor1d([...labels], 'int32'), {cap})

const LABELS = {
  'every row counts': [3, 0, 4, 3],
  'rows are ignored': [IGNORED, 2, IGNORED, 4],
  'one row counts': [IGNORED, IGNORED, 1, IGNORED],
}

const withCap = (cap: number | undefined, suffix: string) =>
  Object.fromEntries(Object.entries(LABELS).map(([title, labels]) => [title + suffix, [labels, cap] as const]))

for (const [title, [labels, cap]] of Object.entries({
  ...withCap(undefined, ''),
  ...withCap(0.9, ', the logits capped'),
})) {
  test(`the loss is the mean of −log softmax(h Wᵀ) at the labels, and its gradients are differences: ${title}`, async () => {
    const [h, W] = [any(4, 3), any(5, 3)]
    const {y, dy, dx0, dx1} = await expectGradients(lossOf(labels, cap), [h, W])
    const expected = formula(h, W, labels, cap)
    expect(y[0]).toBeCloseTo(expected.loss, 6)
    expect(
      relativeError(
        dx0,
        expected.dh.map(value => value * dy[0]),
      ),
    ).toBeLessThan(1e-6)
    expect(
      relativeError(
        dx1,
        expected.dW.map(value => value * dy[0]),
      ),
    ).toBeLessThan(1e-6)
  })
}

test('where no row counts, the loss is 0 and so are its gradients', async () => {
  const labels = [IGNORED, IGNORED, IGNORED]
  const step = ({h, W}: Readonly<Record<string, Tensor>>) => {
    const [dh, dW] = tf.grads(lossOf(labels))([h, W])
    return {loss: lossOf(labels)(h, W), dh, dW}
  }
  for (const engine of [JS, ONNX]) {
    const {loss, dh, dW} = await run(engine, step, {h: any(3, 2), W: any(4, 2)})
    for (const value of [...loss, ...dh, ...dW]) expect(value).toBeCloseTo(0, 20)
  }
})

test('sure, wrong and large logits keep the loss finite and right', async () => {
  const h = {shape: [3, 1], data: Float32Array.of(1, 100, 3000)}
  const W = {shape: [3, 1], data: Float32Array.of(30, 0, -30)}
  const labels = [2, 0, 1]
  const {loss} = formula(h, W, labels)
  expect(loss).toBeGreaterThan(30_000)
  for (const engine of [JS, ONNX]) {
    const result = await run(engine, ({h, W}) => ({loss: lossOf(labels)(h, W)}), {h, W})
    expect(result.loss[0] / loss).toBeCloseTo(1, 6)
  }
})

test('rows taken in several chunks give what one chunk gives', async () => {
  const [h, W] = [any(7, 3), any(5, 3)]
  const labels = [4, IGNORED, 0, 2, 2, IGNORED, IGNORED] // in chunks of one row, some count nothing
  const whole = formula(h, W, labels)
  for (const chunk of [1, 5, 10, 24, 30, 34]) {
    const f = (h: Tensor, W: Tensor) =>
      linearCrossEntropy(h as Tensor2D, W as Tensor2D, tf.tensor1d(labels, 'int32'), {chunk})
    const {y, dy, dx0, dx1} = await expectGradients(f, [h, W])
    expect(y[0], `${chunk}`).toBeCloseTo(whole.loss, 6)
    expect(
      relativeError(
        dx0,
        whole.dh.map(value => value * dy[0]),
      ),
      `${chunk}`,
    ).toBeLessThan(1e-6)
    expect(
      relativeError(
        dx1,
        whole.dW.map(value => value * dy[0]),
      ),
      `${chunk}`,
    ).toBeLessThan(1e-6)
  }
})

test('logits of one chunk alone are alive at a time, and W costs nothing where it is frozen', () => {
  const [N, V] = [512, 2 ** 17] // 2 ** 26 logits, four chunks of them
  const step = ({h, W}: Readonly<Record<string, Tensor>>) => {
    const loss = (h: Tensor) => linearCrossEntropy(h as Tensor2D, W as Tensor2D, tf.zeros([N], 'int32'))
    const {value, grad} = tf.valueAndGrad(loss)(h)
    return {loss: value, dh: grad}
  }
  const {workingBytes} = traced(step, {h: [N, 4], W: [V, 4]})
  expect(workingBytes).toBeLessThan(2.2 * 4 * 2 ** 24)
})

/** The peak bytes of the tensors of a step on the js engine, which computes op by op, without those that other tests left. */
async function eagerPeak(step: Step, feeds: Feeds): Promise<number> {
  const before = tf.memory().numBytes
  const {peakBytes} = await tf.profile(async () => {
    await run(JS, step, feeds)
    return []
  })
  return peakBytes - before
}

test('an engine that computes op by op frees what a chunk needed before the next, and computes no gradient of a frozen W', async () => {
  const [N, C, V] = [32, 4, 500]
  const feeds = {h: any(N, C), W: any(V, C)}
  const labels = Array.from({length: N}, (_, i) => i)
  const options = {chunk: V} // one row of logits at a time
  const inputs = (h: Tensor, W: Tensor) => [h, W, tf.tensor1d(labels, 'int32')] as [Tensor2D, Tensor2D, Tensor1D]
  const frozen: Step = ({h, W}) => {
    const loss = (h: Tensor) => linearCrossEntropy(...inputs(h, W), {...options, frozen: true})
    const {value, grad} = tf.valueAndGrad(loss)(h)
    return {value, grad}
  }
  const trained: Step = ({h, W}) => {
    const loss = (h: Tensor, W: Tensor) => linearCrossEntropy(...inputs(h, W), options)
    const {value, grads} = tf.valueAndGrads(loss)([h, W])
    return {value, grad: grads[0], dW: grads[1]}
  }
  const each: Step = ({h, W}) => ({losses: linearCrossEntropies(...inputs(h, W), options)})
  const [logits, dW] = [4 * V, 4 * V * C]
  const given = dW + 4 * N * C
  const small = 8 * 4 * N * C
  expect(await eagerPeak(frozen, feeds)).toBeLessThan(given + 10 * logits + small)
  expect(await eagerPeak(each, feeds)).toBeLessThan(given + 10 * logits + small)
  expect(await eagerPeak(trained, feeds)).toBeLessThan(given + (2 * N + 2) * dW + 10 * logits + small) // and the sums of dW

  const [without, gradients] = [await run(JS, frozen, feeds), await run(JS, trained, feeds)]
  expect(without).toEqual({value: gradients.value, grad: gradients.grad})
})

/** The same in double precision, one row at a time. */
function formula(h: Numbers, W: Numbers, labels: readonly number[], cap?: number) {
  const [[N, C], [V]] = [h.shape, W.shape]
  const counted = labels.filter(label => label >= 0).length
  const dh = new Float64Array(N * C)
  const dW = new Float64Array(V * C)
  const logits = new Float64Array(V)
  let loss = 0
  for (const [i, label] of labels.entries()) {
    if (label < 0) continue
    let top = Number.NEGATIVE_INFINITY
    for (let v = 0; v < V; v++) {
      logits[v] = 0
      for (let c = 0; c < C; c++) logits[v] += h.data[i * C + c] * W.data[v * C + c]
      if (cap) logits[v] = cap * Math.tanh(logits[v] / cap)
      top = Math.max(top, logits[v])
    }
    const powers = logits.map(logit => Math.exp(logit - top))
    const total = powers.reduce((sum, power) => sum + power)
    loss += (top + Math.log(total) - logits[label]) / counted
    for (let v = 0; v < V; v++) {
      const slope = cap ? 1 - (logits[v] / cap) ** 2 : 1
      const error = ((powers[v] / total - Number(v === label)) * slope) / counted
      for (let c = 0; c < C; c++) {
        dh[i * C + c] += error * W.data[v * C + c]
        dW[v * C + c] += error * h.data[i * C + c]
      }
    }
  }
  return {loss, dh, dW}
}

for (const [title, labels] of Object.entries(LABELS)) {
  test(`the loss of few classes is that of a head that is 1, and its gradient is the differences: ${title}`, async () => {
    const logits = any(4, 5)
    const one = {shape: [5, 5], data: Float32Array.from({length: 25}, (_, i) => Number(i % 6 === 0))}
    const f = (x: Tensor) => crossEntropy(x as Tensor2D, tf.tensor1d([...labels], 'int32'))
    const {y} = await expectGradients(f, [logits])
    expect(y[0]).toBeCloseTo(formula(logits, one, labels).loss, 5)
  })
}

test('where no row has a class, or a target, the loss is 0 and so is its gradient', async () => {
  const none = {x: any(2, 1), targets: [Number.NaN, Number.NaN]}
  for (const engine of [JS, ONNX]) {
    const {a, da, b, db} = await run(
      engine,
      ({x}) => {
        const classes = (x: Tensor) => crossEntropy(x as Tensor2D, tf.tensor1d([IGNORED, IGNORED], 'int32'))
        const targets = (x: Tensor) => squaredError(tf.reshape(x, [2]), tf.tensor1d(none.targets))
        return {a: classes(x), da: tf.grad(classes)(x), b: targets(x), db: tf.grad(targets)(x)}
      },
      {x: none.x},
    )
    expect([...a, ...da, ...b, ...db].every(value => value === 0)).toBe(true)
  }
})

test('the squared error is the mean over the rows that have a target, and its gradient is the differences', async () => {
  const x = any(4)
  const targets = [0.5, Number.NaN, -1, 2]
  const {y} = await expectGradients(x => squaredError(x, tf.tensor1d(targets)), [x])
  const errors = [0, 2, 3].map(i => (x.data[i] - targets[i]) ** 2)
  expect(y[0]).toBeCloseTo(errors.reduce((a, b) => a + b) / 3, 5)
})

test('each token predicts the next, and the last of a row predicts none', async () => {
  const labels = {shape: [2, 3], data: Int32Array.of(1, IGNORED, 3, 4, 5, 6)}
  const {next} = await run(JS, ({labels}) => ({next: nextTokens(labels as Tensor2D)}), {labels})
  expect([...next]).toEqual([IGNORED, 3, IGNORED, 5, 6, IGNORED])
})
