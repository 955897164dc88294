import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {buildAdapter} from './index.ts'
import {headTensors, plan, tensorNames} from './plan.ts'

const shapes = {
  'model.embed_tokens.weight': [50, 8],
  'model.layers.0.self_attn.q_proj.weight': [8, 8],
  'model.layers.0.self_attn.q_proj.bias': [8],
  'model.layers.0.mlp.up_proj.weight': [12, 8],
  'model.layers.0.mlp.big_up_proj.weight': [12, 8],
  'model.layers.0.norm.weight': [8],
  'model.layers.1.self_attn.q_proj.weight': [8, 8],
  'model.layers.1.mlp.up_proj.weight': [12, 8],
}
const lora = buildAdapter({method: 'lora', rank: 2, alpha: 4})
const svft = buildAdapter({method: 'svft', pattern: 'banded', diagonals: 1, gate: true})
const paths = (targets: readonly string[]) => plan({shapes}, {adapter: lora, targets}).modules.map(({path}) => path)

test('a target is the end of a path, cut at its dots', () => {
  expect(paths(['up_proj'])).toEqual(['model.layers.0.mlp.up_proj', 'model.layers.1.mlp.up_proj'])
  expect(paths(['0.self_attn.q_proj', 'mlp.big_up_proj'])).toEqual([
    'model.layers.0.self_attn.q_proj',
    'model.layers.0.mlp.big_up_proj',
  ])
})

test('as a substring a target hits every path that contains it', () => {
  const hit = (targets: readonly string[]) =>
    plan({shapes}, {adapter: lora, targets, match: 'substring'}).modules.map(({path}) => path)
  expect(hit(['up_proj'])).toEqual([
    'model.layers.0.mlp.up_proj',
    'model.layers.0.mlp.big_up_proj',
    'model.layers.1.mlp.up_proj',
  ])
  expect(hit(['1.self', 'big'])).toEqual(['model.layers.0.mlp.big_up_proj', 'model.layers.1.self_attn.q_proj'])
  expect(() => hit(['up_porj'])).toThrow(
    'adapter.targets: no module path contains up_porj; did you mean up_proj? modules end in',
  )
})

test('modules are in the model’s order, each once, whatever the order of the targets', () => {
  expect(paths(['up_proj', 'q_proj', 'mlp.up_proj'])).toEqual([
    'model.layers.0.self_attn.q_proj',
    'model.layers.0.mlp.up_proj',
    'model.layers.1.self_attn.q_proj',
    'model.layers.1.mlp.up_proj',
  ])
})

test('trainable parameters are counted: r (out + in) for each weight of LoRA, the band and a gate of SVFT', () => {
  expect(plan({shapes}, {adapter: lora, targets: ['q_proj', 'up_proj']}).count).toBe(2 * (2 * 16 + 2 * 20))
  const {count, trainable} = plan({shapes}, {adapter: svft, targets: ['up_proj']})
  expect(count).toBe(2 * (8 + 2 * 7 + 1))
  expect(trainable).toEqual({
    'model.layers.0.mlp.up_proj.trainable.s': [22],
    'model.layers.0.mlp.up_proj.trainable.gate': [1],
    'model.layers.1.mlp.up_proj.trainable.s': [22],
    'model.layers.1.mlp.up_proj.trainable.gate': [1],
  })
})

test('a target like the first word of a module is taken for that module, unless the word is a letter', () => {
  const own = {'m.0.query_proj.weight': [8, 8], 'm.0.v_proj.weight': [8, 8]}
  const hit = (target: string) => plan({shapes: own}, {adapter: lora, targets: [target]})
  expect(() => hit('qurey')).toThrow('ends in qurey; did you mean query_proj? modules end in query_proj, v_proj')
  expect(() => hit('w')).toThrow('ends in w; modules end in query_proj, v_proj')
})

test('tensors that train whole have their own names; without an adapter and whole tensors nothing trains', () => {
  const {trainable, count, modules} = plan({shapes}, {whole: ['model.layers.0.norm.weight']})
  expect({trainable, count, modules}).toEqual({trainable: {'model.layers.0.norm.weight': [8]}, count: 8, modules: []})
  expect(plan({shapes}, {}).count).toBe(0)
})

test.each([
  ['q_porj', 'ends in q_porj; did you mean q_proj? modules end in q_proj, up_proj, big_up_proj'],
  ['mlp.q_proj', 'ends in mlp.q_proj; did you mean q_proj? modules end in'],
  ['norm', 'ends in norm; modules end in'], // a gain is no matrix
  ['proj', 'ends in proj; '],
])('a target that matches nothing is refused: %s', (target, message) => {
  const planned = () => plan({shapes}, {adapter: lora, targets: ['q_proj', target]})
  expect(planned).toThrow(Fault)
  expect(planned).toThrow(`adapter.targets: no module path ${message}`)
})

test('a weight that a method cannot take is named', () => {
  const wide = buildAdapter({method: 'svft', pattern: 'topk', diagonals: 1, topk: 'paper'})
  expect(() => plan({shapes}, {adapter: wide, targets: ['up_proj']})).toThrow(
    "model.layers.0.mlp.up_proj: svft topk by the paper's rule needs a square weight, not 12 × 8; choose other targets, or topk: code",
  )
})

test('shared tensors are planned once, and are among the tensors of each module', () => {
  const vera = buildAdapter({method: 'vera', rank: 3})
  const planned = plan({shapes}, {adapter: vera, targets: ['q_proj', 'up_proj']})
  expect(planned.shared).toEqual({'shared.vera_A': [3, 8], 'shared.vera_B': [12, 3]})
  expect(planned.count).toBe(2 * (3 + 8) + 2 * (3 + 12))
  expect(tensorNames(planned, planned.modules[0])).toEqual({
    weight: 'model.layers.0.self_attn.q_proj.weight',
    vera_A: 'shared.vera_A',
    vera_B: 'shared.vera_B',
    vera_lambda_d: 'model.layers.0.self_attn.q_proj.trainable.vera_lambda_d',
    vera_lambda_b: 'model.layers.0.self_attn.q_proj.trainable.vera_lambda_b',
  })
})

test('vera by the rule of PEFT 0.11 refuses targets of several shapes', () => {
  const vera = buildAdapter({method: 'vera', rank: 3, shapes: 'same'})
  expect(plan({shapes}, {adapter: vera, targets: ['up_proj']}).modules).toHaveLength(2)
  expect(() => plan({shapes}, {adapter: vera, targets: ['q_proj', 'up_proj']})).toThrow(
    'adapter.targets: vera with shapes: same adapts weights of one shape only, not of 8 × 8 and 12 × 8; choose other targets, or shapes: sliced',
  )
})

test('boft trains the biases of its targets whole, where they have one', () => {
  const biased = {...shapes, 'model.layers.0.self_attn.q_proj.bias': [8]}
  const of = (bias: boolean) =>
    plan({shapes: biased}, {adapter: buildAdapter({method: 'boft', b: 2, m: 1, bias}), targets: ['q_proj']})
  expect(of(true).whole).toEqual(['model.layers.0.self_attn.q_proj.bias'])
  expect(of(true).count).toBe(2 * (8 * 2 + 8) + 8)
  expect(of(false).whole).toEqual([])
})

test.each([
  [{b: 3}, "adapter.b must divide the weight's 8 inputs, like 2 or 4: 3"],
  [{b: 16}, "adapter.b must divide the weight's 8 inputs, like 8: 16"],
  [{b: 8, side: 'output' as const}, "adapter.b must divide the weight's 12 outputs, like 6 or 12: 8"],
  [{b: 1, m: 2}, 'adapter.b must be even where adapter.m is above 1, like 2: 1'],
  [{b: 2, m: 4}, "adapter.b · 2^(m − 1) must divide the weight's 8 inputs: with b: 2, m can be at most 3, not 4"],
])('rotations that do not fit a weight are refused with some that would: %j', (settings, message) => {
  expect(() => plan({shapes}, {adapter: buildAdapter({method: 'boft', ...settings}), targets: ['up_proj']})).toThrow(
    `model.layers.0.mlp.up_proj: ${message}`,
  )
})

test.each([
  [{b: 8, m: 6}, "adapter.m is too large for the weight's 24576 inputs with b: 8: 6; R's factors would have 37748736"],
  [{b: 12288, m: 1}, "adapter.b is too large for the weight's 24576 inputs: 12288; R's factors would have 301989888"],
])('rotations whose factors do not fit in a step are refused: %j', (settings, message) => {
  const wide = {'down_proj.weight': [3072, 24576]}
  const planned = (settings: {readonly b: number; readonly m: number}) =>
    plan({shapes: wide}, {adapter: buildAdapter({method: 'boft', ...settings}), targets: ['down_proj']})
  const lower = settings.m === 1 ? 'adapter.b' : 'adapter.m or adapter.b'
  expect(() => planned(settings)).toThrow(
    `down_proj: ${message} entries in dense blocks, and at most 33554432 fit; lower ${lower}`,
  )
  expect(planned({b: 8, m: 5}).count).toBe(5 * 24576 * 8 + 3072)
})

test('a limit that an adapter of PEFT exceeds is reported by its own key', () => {
  const adapter = buildAdapter({method: 'boft', b: 4, m: 1, blocks: 2})
  expect(() => plan({shapes: {'down_proj.weight': [3072, 24576]}}, {adapter, targets: ['down_proj']})).toThrow(
    "down_proj: boft_block_num is too small for the weight's 24576 inputs: 2; R's factors would have 301989888 entries in dense blocks, and at most 33554432 fit; merge the adapter with PEFT",
  )
})

test('where m falls back to 1, one factor is counted, and no condition of more has to hold', () => {
  const adapter = buildAdapter({method: 'boft', b: 4, m: 9, fallback: true})
  expect(plan({shapes}, {adapter, targets: ['q_proj']}).count).toBe(2 * (8 * 4 + 8) + 8)
})

test('heads are the modules whose paths end so, all of their tensors', () => {
  const classifier = {'a.weight': [2, 2], 'a.dense.weight': [2, 2], 'classifier.weight': [3, 2], 'classifier.bias': [3]}
  expect(headTensors(classifier, ['classifier'])).toEqual(['classifier.weight', 'classifier.bias'])
  expect(headTensors(classifier, [])).toEqual([])
})

test('the ends of paths that are suggested name one kind of module each, all in blocks', () => {
  const bert = {
    'bert.embeddings.word_embeddings.weight': [9, 8],
    'bert.encoder.layer.0.attention.self.query.weight': [8, 8],
    'bert.encoder.layer.0.attention.output.dense.weight': [8, 8],
    'bert.encoder.layer.0.intermediate.dense.weight': [8, 8],
    'bert.encoder.layer.0.output.dense.weight': [8, 8],
    'bert.pooler.dense.weight': [8, 8],
  }
  expect(() => plan({shapes: bert}, {adapter: lora, targets: ['desne']})).toThrow(
    /ends in desne; did you mean attention\.output\.dense\? modules end in query, attention\.output\.dense, intermediate\.dense, output\.dense$/,
  )
})
