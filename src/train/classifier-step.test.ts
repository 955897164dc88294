import {expect, test} from 'vitest'
import {ENGINES, relativeError} from '../../test/models/adapters.ts'
import {BERT, classifierNumbers, classifierWeights, DEBERTA, DEIT, VIT} from '../../test/models/classifiers.ts'
import type {Adapter} from '../adapters/adapter.ts'
import {buildAdapter} from '../adapters/index.ts'
import {plan} from '../adapters/plan.ts'
import type {Data, Engine, Named} from '../engine/program.ts'
import type {ModelConfig} from '../models/config.ts'
import {openModel} from '../models/open-model.ts'
import {random} from '../tensor/random.ts'
import {layout} from './layout.ts'
import {shapeTrainingStep, type TrainingStep, trainingPrograms} from './step.ts'

const [js, onnx] = ENGINES
const lora = buildAdapter({method: 'lora', rank: 2, alpha: 4})
const TARGETS = {
  bert: ['query', 'key', 'output.dense'],
  'deberta-v2': ['query_proj', 'key_proj'],
  vit: ['query', 'value'],
  deit: ['query', 'output.dense'],
}

/** A training of an adapter, with the head trained whole; a residual is the weight itself. */
function trainingOf(config: ModelConfig, adapter: Adapter = lora) {
  const model = openModel(config)
  const whole = Object.keys(model.shapes).filter(name => /(^|\.)(pooler\.dense|(\w+_)?classifier)\./.test(name))
  const planned = plan(model, {adapter, targets: TARGETS[config.model_type as keyof typeof TARGETS], whole})
  const slots = layout(planned.trainable)
  const numbers = classifierNumbers(config)
  const draw = random(3)
  const theta = Float32Array.from({length: slots.size}, () => 0.3 * draw.normal())
  for (const {name, from} of slots.slots) if (name in numbers) theta.set(numbers[name].data, from)
  const all = classifierWeights(config)
  const weights = {
    ...Object.fromEntries(Object.entries(all).filter(([name]) => !whole.includes(name))),
    ...Object.fromEntries(
      Object.keys(planned.frozen).map(name => [name, all[name.replace('.frozen.residual', '.weight')]]),
    ),
  }
  return {training: {model, plan: planned, layout: slots, weights} satisfies TrainingStep, theta}
}

/** Texts of 6 and 4 tokens, or two images, in the first rows of `rows`. */
function feedsOf(config: ModelConfig, {rows = 2, length = 8}): Named<Data> {
  const labels =
    config.num_labels === 1
      ? Float32Array.from({length: rows}, (_, row) => [0.5, -1][row] ?? Number.NaN)
      : Int32Array.from({length: rows}, (_, row) => [2, 0][row] ?? -100)
  if ('image_size' in config) {
    const pixel_values = new Float32Array(rows * 3 * 28)
    for (let i = 0; i < 2 * 3 * 28; i++) pixel_values[i] = Math.sin(i)
    return {pixel_values, labels}
  }
  const [input_ids, attention_mask] = [new Int32Array(rows * length), new Int32Array(rows * length)]
  for (const [row, count] of [6, 4].entries()) {
    for (let t = 0; t < count; t++) {
      input_ids[row * length + t] = 1 + ((5 * row + 3 * t) % 19)
      attention_mask[row * length + t] = 1
    }
  }
  return {input_ids, attention_mask, labels}
}

interface Asked extends Partial<TrainingStep> {
  readonly engine?: Engine
  readonly rows?: number
  readonly length?: number
  readonly seed?: number
  readonly feeds?: Named<Data>
  readonly adapter?: Adapter
}

async function answer(
  config: ModelConfig,
  {engine = onnx, rows = 2, length = 8, seed = 1, feeds = {}, adapter, ...changes}: Asked = {},
) {
  const {training, theta} = trainingOf(config, adapter)
  const program = await trainingPrograms(engine, {...training, ...changes})(rows, length)
  const given = {...feedsOf(config, {rows, length}), ...feeds}
  const {loss, grad} = await program.run({...given, theta, seed: Int32Array.of(seed)})
  await program.dispose()
  return {loss: (loss as Float32Array)[0], grad: grad as Float32Array}
}

const CASES: Readonly<Record<string, ModelConfig>> = {
  BERT: {...BERT, num_hidden_layers: 1},
  'a BERT of one label': {...BERT, num_hidden_layers: 1, num_labels: 1},
  DeBERTa: {...DEBERTA, num_hidden_layers: 1},
  ViT: {...VIT, num_hidden_layers: 1, hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1},
  DeiT: {...DEIT, num_hidden_layers: 1, hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1},
}

for (const [title, config] of Object.entries(CASES)) {
  test(`${title}: engines, with and without recomputation, drop the same entries and compute the same`, async () => {
    const drops = {modelDropout: true, dropout: 0.3}
    const fast = await answer(config, drops)
    for (const other of [
      await answer(config, {...drops, engine: js}),
      await answer(config, {...drops, recompute: true}),
    ]) {
      expect(other.loss).toBeCloseTo(fast.loss, 5)
      expect(relativeError(other.grad, fast.grad)).toBeLessThan(1e-5)
    }
  })

  test(`${title}: rows without an example, and padding, change nothing`, async () => {
    const [two, more] = [await answer(config), await answer(config, {rows: 5, length: 16})]
    expect(more.loss).toBeCloseTo(two.loss, 5)
    expect(relativeError(more.grad, two.grad)).toBeLessThan(1e-4)
  })
}

test('the loss depends on the seed; the model drops nothing by default', async () => {
  const of = async (seed: number, modelDropout: boolean) => (await answer(BERT, {seed, modelDropout})).loss
  expect(await of(1, true)).toBe(await of(1, true))
  expect(await of(1, true)).not.toBe(await of(2, true))
  expect(await of(1, false)).toBe(await of(2, false))
})

test('token types are those that are fed, and 0 without any', async () => {
  const of = async (types?: Int32Array) => (await answer(BERT, {feeds: types ? {token_type_ids: types} : {}})).loss
  expect(await of(new Int32Array(16))).toBe(await of())
  expect(await of(new Int32Array(16).fill(1))).not.toBe(await of())
})

test('a projection of tokens and of relative positions drops different entries of each', () => {
  const {training} = trainingOf(DEBERTA)
  const {inputs, dropout} = shapeTrainingStep({...training, dropout: 0.5}, 2, 8)
  const path = 'deberta.encoder.layer.0.attention.self.query_proj'
  expect(Object.keys(inputs).filter(name => name.startsWith(path))).toEqual([
    `${path}.16.rows`,
    `${path}.16.columns`,
    `${path}.2.rows`,
    `${path}.2.columns`,
    `${path}.9.rows`,
    `${path}.9.columns`,
  ])
  const drawn = dropout.draw(random(1))
  expect(new Set([16, 2, 9].map(rows => String(drawn[`${path}.${rows}.columns`]))).size).toBe(3)
})

test("DeBERTa multiplies by its queries' and keys' weights twice, and a penalty on their adapters counts once", async () => {
  const beta = 0.3
  const slopes = async (beta: number) => {
    const adapter = buildAdapter({method: 'kasa', rank: 2, alpha: 4, beta})
    const {training, theta} = trainingOf(DEBERTA, adapter)
    const {grad} = await answer(DEBERTA, {adapter})
    return {slots: training.layout.slots, theta, grad}
  }
  const [plain, penalized] = [await slopes(0), await slopes(beta)]
  const diagonals = plain.slots.filter(({name}) => name.endsWith('.lora_diag'))
  expect(diagonals.length).toBeGreaterThan(2)
  for (const {name, from, to} of plain.slots) {
    const added = penalized.grad.subarray(from, to).map((value, i) => value - plain.grad[from + i])
    const isDiagonal = name.endsWith('.lora_diag')
    const expected = plain.theta.subarray(from, to).map(value => (isDiagonal ? 2 * beta * value : 0))
    if (isDiagonal) expect(relativeError(added, expected), name).toBeLessThan(1e-4)
    else expect(added, name).toEqual(expected)
  }
})
