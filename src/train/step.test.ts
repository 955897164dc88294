import {expect, test} from 'vitest'
import {ENGINES, relativeError, stored} from '../../test/models/adapters.ts'
import {CAUSAL_LMS} from '../../test/models/causal-lms.ts'
import {LLAMA, openCausal, parametersOf} from '../../test/models/llama.ts'
import type {Adapter} from '../adapters/adapter.ts'
import {buildAdapter} from '../adapters/index.ts'
import {plan} from '../adapters/plan.ts'
import {type Data, type Engine, type Named, type Stored, size} from '../engine/program.ts'
import {trace} from '../engine/trace.ts'
import type {ModelConfig} from '../models/config.ts'
import {openModel} from '../models/open-model.ts'
import {random} from '../tensor/random.ts'
import {layout} from './layout.ts'
import {shapeTrainingStep, type TrainingStep, trainingPrograms} from './step.ts'

const [js, onnx] = ENGINES

const TINY: ModelConfig = {
  model_type: 'llama',
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  vocab_size: 11,
}
const model = openModel(TINY)
const draw = random(5)
const normals = (length: number, scale: number) => Float32Array.from({length}, () => scale * draw.normal())
const weights: Named<Stored> = Object.fromEntries(
  Object.entries(model.shapes).map(([name, shape]) => [
    name,
    {dtype: 'float32', shape, at: {data: normals(size(shape), 0.5)}},
  ]),
)

const adapter = buildAdapter({method: 'lora', rank: 2, alpha: 4})
const planned = plan(model, {adapter, targets: ['q_proj', 'down_proj'], whole: ['model.norm.weight']})
const slots = layout(planned.trainable)
const {'model.norm.weight': _, ...frozen} = weights
const training: TrainingStep = {model, plan: planned, layout: slots, weights: frozen}
const theta = normals(slots.size, 0.3)

/** Training by another method, of the same modules unless others are named, whose tensors are random. */
function trainingOf(adapter: Adapter, targets = ['q_proj', 'down_proj']) {
  const own = plan(model, {adapter, targets})
  const slots = layout(own.trainable)
  const tensors = Object.entries(own.frozen).map(([name, {shape}]) => {
    return [name, {dtype: 'float32', shape, at: {data: normals(size(shape), 0.5)}}] as const
  })
  return {plan: own, layout: slots, weights: {...weights, ...Object.fromEntries(tensors)}, at: normals(slots.size, 0.3)}
}

/** Two texts of 6 and 4 tokens, of which the first 2 are a prompt, padded to `length`. */
function texts(length: number): Named<Data> {
  const input_ids = new Int32Array(2 * length)
  const labels = new Int32Array(2 * length).fill(-100)
  for (const [row, ids] of [
    [1, 2, 3, 4, 5, 6],
    [7, 8, 9, 10],
  ].entries()) {
    input_ids.set(ids, row * length)
    labels.set(ids.slice(2), row * length + 2)
  }
  return {input_ids, labels}
}

async function answer(
  engine: Engine,
  {length = 8, seed = 0, at = theta, ...changes}: Partial<TrainingStep> & {length?: number; seed?: number; at?: Data},
) {
  const program = await trainingPrograms(engine, {...training, ...changes})(2, length)
  const {loss, grad} = await program.run({...texts(length), theta: at, seed: Int32Array.of(seed)})
  await program.dispose()
  return {loss: (loss as Float32Array)[0], grad: grad as Float32Array}
}

test('both engines compute the same', async () => {
  const [slow, fast] = [await answer(js, {}), await answer(onnx, {})]
  expect(fast.loss).toBeCloseTo(slow.loss, 5)
  expect(relativeError(fast.grad, slow.grad)).toBeLessThan(1e-5)
  expect(slow.grad).toHaveLength(slots.size)
})

test('the gradient is the slope of the loss, in every trainable', async () => {
  const {grad} = await answer(js, {})
  for (const {name, from, to} of slots.slots) {
    const [up, down] = [1e-2, -1e-2].map(e => theta.map((x, i) => (i >= from && i < to ? x + e * Math.sin(i) : x)))
    const slope = ((await answer(js, {at: up})).loss - (await answer(js, {at: down})).loss) / 2e-2
    let expected = 0
    for (let i = from; i < to; i++) expected += grad[i] * Math.sin(i)
    expect(slope, name).toBeCloseTo(expected, 3)
  }
})

test('padding on the right changes nothing', async () => {
  const [short, long] = [await answer(onnx, {length: 6}), await answer(onnx, {length: 16})]
  expect(long.loss).toBeCloseTo(short.loss, 6)
  expect(relativeError(long.grad, short.grad)).toBeLessThan(1e-5)
})

test.each<[string, Adapter]>([
  ['lora', adapter],
  // those that prepare the trainables of all modules together
  ['boft', buildAdapter({method: 'boft', b: 2, m: 2})],
  ['kasa', buildAdapter({method: 'kasa', rank: 2, alpha: 4, gamma: 0.1})],
  ['psoft', buildAdapter({method: 'psoft', rank: 3})],
])('recomputed blocks give the same loss and gradient: %s', async (_, adapter) => {
  const own = trainingOf(adapter)
  const [kept, again] = [await answer(onnx, own), await answer(onnx, {...own, recompute: true})]
  expect(again.loss).toBe(kept.loss)
  expect(relativeError(again.grad, kept.grad)).toBeLessThan(1e-6)
  for (const {name, from, to} of own.layout.slots)
    expect(Math.hypot(...again.grad.subarray(from, to)), name).toBeGreaterThan(0)
})

test.each<[string, Adapter]>([
  ['boft', buildAdapter({method: 'boft', b: 2, m: 2})],
  ['psoft', buildAdapter({method: 'psoft', rank: 3})],
])('a step computes the rotations of all modules in one batch: %s', (_, adapter) => {
  const divisions = (targets: string[], recompute: boolean) => {
    const {at, ...own} = trainingOf(adapter, targets)
    const {step, inputs} = shapeTrainingStep({...training, ...own, recompute}, 2, 8)
    return trace(step, {inputs, weights: own.weights}).nodes.filter(({op}) => op === 'Div').length
  }
  for (const recompute of [false, true]) {
    expect(divisions(['q_proj'], recompute)).toBeGreaterThan(0)
    expect(divisions(['q_proj', 'o_proj', 'down_proj'], recompute)).toBe(divisions(['q_proj'], recompute))
  }
})

test('with dropout, the loss depends on the seed alone, on every engine; without it the seed is not read', async () => {
  const of = async (seed: number, dropout: number, engine = onnx) => (await answer(engine, {dropout, seed})).loss
  expect(await of(1, 0.5)).toBe(await of(1, 0.5))
  expect(await of(1, 0.5, js)).toBeCloseTo(await of(1, 0.5), 5)
  expect(await of(1, 0.5)).not.toBe(await of(2, 0.5))
  expect(await of(1, 0)).toBe(await of(2, 0))
})

/** The first values of each vector that a step's dropout draws. */
const drawnBy = (changes: Partial<TrainingStep>) =>
  Object.values(shapeTrainingStep({...training, ...changes}, 2, 8).dropout.draw(random(1))).map(data =>
    String(data.slice(0, 8)),
  )

test('each adapted module, and each dropout layer of the model, drops different entries', () => {
  const {inputs} = shapeTrainingStep({...training, dropout: 0.5}, 2, 8)
  expect(new Set(drawnBy({dropout: 0.5})).size).toBe(2 * 4)
  const dropping = openModel({...TINY, attention_dropout: 0.2})
  expect(new Set(drawnBy({model: dropping, modelDropout: true})).size).toBe(2 * 2)
  expect(inputs['model.layers.1.mlp.down_proj.16.rows']).toEqual({dtype: 'int32', shape: [16]})
  expect(inputs['model.layers.1.mlp.down_proj.16.columns']).toEqual({dtype: 'int32', shape: [12]})
  expect(Object.keys(inputs)).toHaveLength(3 + 2 * 4)
  expect(Object.keys(shapeTrainingStep(training, 2, 8).inputs)).toEqual(['theta', 'input_ids', 'labels'])
})

test('where everything trains, a tied head keeps its own gradient, which alone reaches the row of the padding', async () => {
  const tied = openModel({...TINY, tie_word_embeddings: true})
  const slots = layout(tied.shapes)
  const own = {
    model: tied,
    plan: plan(tied, {whole: Object.keys(tied.shapes)}),
    layout: slots,
    weights: {},
    at: normals(slots.size, 0.5),
  }
  const {from = 0} = slots.slots.find(({name}) => name === 'model.embed_tokens.weight') ?? {}
  for (const engine of [js, onnx]) {
    const {grad} = await answer(engine, own)
    expect(Math.hypot(...grad.slice(from, from + 8))).toBeGreaterThan(1e-3)
  }
})

test('an adapter on a weight that the model only gathers rows of is refused', async () => {
  const idle = plan(model, {adapter, targets: ['q_proj', 'embed_tokens']})
  const slots = layout(idle.trainable)
  await expect(answer(js, {plan: idle, layout: slots, weights, at: new Float32Array(slots.size)})).rejects.toThrow(
    'adapter.targets: the model never multiplies by model.embed_tokens',
  )
})

const DROPPING: Readonly<Record<string, ModelConfig>> = {
  llama: {...LLAMA, attention_dropout: 0.2},
  gemma2: {...CAUSAL_LMS['gemma2 with a window in every second layer'], attention_dropout: 0.2},
  gpt2: CAUSAL_LMS.gpt2,
  'gpt-neox': {...CAUSAL_LMS['gpt-neox with parallel residuals'], attention_dropout: 0.2, hidden_dropout: 0.1},
  phi3: {...CAUSAL_LMS['phi3 with a window'], attention_dropout: 0.2, resid_pdrop: 0.1},
}

for (const [title, config] of Object.entries(DROPPING)) {
  test(`${title}: engines, with and without recomputation, drop the same entries and compute the same`, async () => {
    const small = {...config, num_hidden_layers: 1, n_positions: 130}
    const model = openModel(small)
    const [whole] = Object.keys(model.shapes).filter(name => /(down_proj|4h_to_h|mlp\.c_proj)\.weight$/.test(name))
    const planned = plan(model, {whole: [whole]})
    const slots = layout(planned.trainable)
    const parameters = parametersOf(small)
    const weights = Object.fromEntries(Object.keys(model.shapes).map(name => [name, stored(parameters[name])]))
    const {[whole]: _, ...frozen} = weights
    const own = {model, plan: planned, layout: slots, weights: frozen, at: parameters[whole].data, modelDropout: true}
    for (const length of [8, 130]) {
      const fast = await answer(onnx, {...own, length, seed: 1})
      for (const other of [
        await answer(js, {...own, length, seed: 1}),
        await answer(onnx, {...own, length, seed: 1, recompute: true}),
      ]) {
        expect(other.loss).toBeCloseTo(fast.loss, 5)
        expect(relativeError(other.grad, fast.grad)).toBeLessThan(1e-5)
      }
      const loss = async (changes: object) => (await answer(onnx, {...own, length, ...changes})).loss
      expect(await loss({seed: 2})).not.toBe(fast.loss)
      expect(await loss({seed: 1, modelDropout: false})).toBe(await loss({seed: 2, modelDropout: false}))
    }
  })
}

test('the dropout layers of causal models are those of transformers, at rates above 0 alone', () => {
  const rates = (config: ModelConfig) =>
    Object.fromEntries(
      Object.entries(openCausal({...config, num_hidden_layers: 1}).drops(2, 3)).map(([path, {rate, shape}]) => [
        path,
        [rate, ...shape],
      ]),
    )
  expect(rates(LLAMA)).toEqual({})
  expect(rates(DROPPING.llama)).toEqual({'model.layers.0.self_attn.dropout': [0.2, 2 * 4 * 3, 3]})
  expect(rates(DROPPING.phi3)).toEqual({
    'model.layers.0.self_attn.dropout': [0.2, 2 * 2 * 3, 3],
    'model.layers.0.resid_attn_dropout': [0.1, 2 * 3, 16],
    'model.layers.0.resid_mlp_dropout': [0.1, 2 * 3, 16],
  })
  expect(rates(DROPPING['gpt-neox'])).toEqual({
    'gpt_neox.emb_dropout': [0.1, 2 * 3, 16],
    'gpt_neox.layers.0.attention.dropout': [0.2, 2 * 2 * 3, 3],
    'gpt_neox.layers.0.post_attention_dropout': [0.1, 2 * 3, 16],
    'gpt_neox.layers.0.post_mlp_dropout': [0.1, 2 * 3, 16],
  })
  expect(rates({...DROPPING.gpt2, embd_pdrop: 0.3, attn_pdrop: 0.2})).toEqual({
    'transformer.drop': [0.3, 2 * 3, 16],
    'transformer.h.0.attn.attn_dropout': [0.2, 2 * 2 * 3, 3],
    'transformer.h.0.attn.resid_dropout': [0.1, 2 * 3, 16],
    'transformer.h.0.mlp.dropout': [0.1, 2 * 3, 16],
  })
})
