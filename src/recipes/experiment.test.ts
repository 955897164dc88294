import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {enterWorkplace, tinyConfig, tinyRecipe} from '../../test/support/workplace.ts'
import type {FaultKind} from '../base/fault.ts'
import {readFloats, readSafetensors, writeSafetensors} from '../weights/safetensors.ts'
import {openExperiment} from './experiment.ts'
import {run} from './run.ts'

let folder: string
beforeEach(async () => {
  folder = await enterWorkplace()
})

const WEIGHTS = 'model/model.safetensors'
const write = (file: string, text: string | Uint8Array) => writeFileSync(file, text)
const config = async (changes: object) =>
  write('model/config.json', JSON.stringify({...(await tinyConfig()), ...changes}))

interface Tensor {
  dtype: 'float32' | 'int32'
  shape: readonly number[]
  data: Float32Array | Int32Array
}

/** Writes the weights again, changed. */
async function weights(change: (tensors: Record<string, Tensor>) => void): Promise<void> {
  const tensors: Record<string, Tensor> = {}
  for (const [name, stored] of Object.entries(await readSafetensors(WEIGHTS))) {
    tensors[name] = {dtype: 'float32', shape: stored.shape, data: await readFloats(stored)}
  }
  change(tensors)
  await writeSafetensors('changed', tensors)
  renameSync('changed', WEIGHTS)
}

/** A safetensors file with this header, in whose first bytes its length is `claimed`. */
function header(text: string, claimed = BigInt(text.length)): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(claimed)
  return Buffer.concat([length, Buffer.from(text), Buffer.alloc(64)])
}

type Changes = Parameters<typeof tinyRecipe>[1]
const svft = (changes: object) => ({adapter: {method: 'svft', pattern: 'plain', targets: ['q_proj'], ...changes}})
const lines = (...texts: string[]) => texts.map(text => `${text}\n`).join('')

const CASES: Readonly<Record<string, [kind: FaultKind, message: string, spoil: () => Changes | void | Promise<void>]>> =
  {
    'a head where there is none': [
      'recipe',
      'tiny: adapter.method: head trains the layers that a task adds on top of a model, and this model has none: ',
      () => ({adapter: {method: 'head'}}),
    ],
    'rotations that do not divide a weight': [
      'recipe',
      "tiny: model.layers.0.self_attn.q_proj: adapter.b must divide the weight's 16 inputs, like 4 or 8: 5",
      () => ({adapter: {method: 'boft', b: 5, targets: ['q_proj']}}),
    ],
    'no model': [
      'io',
      '~/none: no such file or folder; a model of the hub is written {hub: owner/none}; docs/RUNNING.md shows how to get the models of the recipes',
      () => ({model: 'none'}),
    ],
    'a model of the hub without saying so': [
      'io',
      '~/meta-llama/Llama-3.2-1B: no such file or folder; a model of the hub is written {hub: meta-llama/Llama-3.2-1B}; docs/RUNNING.md',
      () => ({model: 'meta-llama/Llama-3.2-1B'}),
    ],
    'a model with a slip': ['io', '~/modle: no such file or folder; did you mean model?', () => ({model: 'modle'})],
    'a folder that is no model': [
      'io',
      '~/empty/config.json: no such file; a model is a folder with config.json',
      () => {
        mkdirSync('empty')
        return {model: 'empty'}
      },
    ],
    'a folder of an adapter': [
      'io',
      '~/adapter/config.json: no such file; svft merge makes a model of this adapter',
      () => {
        mkdirSync('adapter')
        write('adapter/adapter_config.json', '{}')
        return {model: 'adapter'}
      },
    ],
    'a config that is not JSON': ['input', '~/model/config.json: not JSON: ', () => write('model/config.json', '{')],
    'a config without a key': [
      'input',
      '~/model: config.json: missing key: vocab_size',
      () => config({vocab_size: undefined}),
    ],
    'a config with a wrong value': [
      'input',
      '~/model: config.json: num_hidden_layers must be a positive integer, not "many"',
      () => config({num_hidden_layers: 'many'}),
    ],
    'an unknown architecture': [
      'input',
      '~/model: config.json: architecture constructor is not supported; supported: ',
      () => config({model_type: 'constructor'}),
    ],
    'no tokenizer': ['io', '~/model/tokenizer.json: no such file', () => rmSync('model/tokenizer.json')],
    'a broken tokenizer': [
      'input',
      '~/model/tokenizer.json: not a tokenizer: ',
      () => write('model/tokenizer.json', '{}'),
    ],
    'no weights': ['input', '~/model: weights are missing: none of model.safetensors or', () => rmSync(WEIGHTS)],
    'cut weights': [
      'input',
      '~/model/model.safetensors: cut short: its tensors have 40640 bytes, of which 40630 are present; copy it again',
      () => truncateSync(WEIGHTS, statSync(WEIGHTS).size - 10),
    ],
    'weights with half a header': [
      'input',
      '~/model/model.safetensors: not safetensors: only 4 bytes',
      () => truncateSync(WEIGHTS, 4),
    ],
    'a header that claims to be huge': [
      'input',
      '~/model/model.safetensors: header: may have 100000000 bytes, not 4611686018427387904; is this safetensors?',
      () => write(WEIGHTS, header('{}', 2n ** 62n)),
    ],
    'a header that reaches for prototypes': [
      'input',
      '~/model/model.safetensors: header: a key may not be named __proto__',
      () => write(WEIGHTS, header('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}')),
    ],
    'a missing tensor': [
      'input',
      '~/model: 1 of 11 tensors do not fit the model: model.norm.weight (16) is missing',
      () => weights(tensors => delete tensors['model.norm.weight']),
    ],
    'a tensor of another shape': [
      'input',
      '~/model: 1 of 11 tensors do not fit the model: model.norm.weight is (4, 4), should be (16)',
      () => weights(tensors => Object.assign(tensors['model.norm.weight'], {shape: [4, 4]})),
    ],
    'a tied head of other values than the embedding': [
      'input',
      '~/model/model.safetensors: model.embed_tokens.weight and lm_head.weight differ; set tie_word_embeddings: false in config.json',
      () =>
        weights(tensors => {
          const {shape, data} = tensors['model.embed_tokens.weight']
          tensors['lm_head.weight'] = {dtype: 'float32', shape, data: data.map(value => value + 1)}
        }),
    ],
    'a tensor of integers': [
      'input',
      '~/model: model.norm.weight has type int32; supported: float32, bfloat16, float16',
      () =>
        weights(tensors => {
          tensors['model.norm.weight'] = {dtype: 'int32', shape: [16], data: new Int32Array(16)}
        }),
    ],
    'a tokenizer of another model': [
      'input',
      '~/model/tokenizer.json: has a token beyond vocab_size 300 of config.json: "',
      async () => {
        await config({vocab_size: 300})
        await weights(tensors => {
          const name = 'model.embed_tokens.weight'
          tensors[name] = {dtype: 'float32', shape: [300, 16], data: tensors[name].data.slice(0, 4800)}
        })
      },
    ],

    'a target that no module has': [
      'recipe',
      'tiny: adapter.targets: no module path contains q_prj; did you mean q_proj? modules end in q_proj, ',
      () => svft({targets: ['q_prj']}),
    ],
    'a target that is not multiplied by': [
      'recipe',
      'tiny: adapter.targets: not a linear layer in a block: model.embed_tokens',
      () => svft({targets: ['embed_tokens']}),
    ],
    'more diagonals than a weight has': [
      'recipe',
      'tiny: model.layers.0.self_attn.q_proj: svft random: a weight with 16 singular values has room for at most 31 diagonals, not 400',
      () => svft({pattern: 'random', diagonals: 400}),
    ],
    'more numbers than an array holds': [
      'recipe',
      'tiny: adapter trains 32000000000 parameters, but one vector holds at most 4294967296',
      () => ({adapter: {method: 'lora', rank: 1e9, alpha: 1, targets: ['q_proj']}}),
    ],
    'a learning rate for nothing': [
      'recipe',
      'tiny: train.lrs: no trainable matches *.gat; did you mean *.gate? trainables match *.s, *.gate; the first is model.layers.0.self_attn.q_proj.trainable.s',
      () => ({train: {lrs: {'*.gat': 1e-3}}}),
    ],
    'a random model with an adapter': [
      'recipe',
      'tiny: a model with random weights is trained whole: method full, not svft',
      () => ({model: {config: 'model', init: 'random'}}),
    ],
    'top-k with a rank': [
      'recipe',
      'pattern topk compares all singular vectors and cannot have a rank; leave it out',
      () => svft({pattern: 'topk', rank: 4}),
    ],

    'no training data': ['io', '~/train.jsonl: no such file or folder', () => rmSync('train.jsonl')],
    'training data with a slip': [
      'io',
      '~/trian.jsonl: no such file or folder; did you mean train.jsonl?',
      () => ({data: {train: 'trian.jsonl', test: {test: 'test.jsonl'}}}),
    ],
    'no table to train on': [
      'io',
      '~/no.parquet: no such file or folder',
      () => ({data: {train: 'no.parquet', test: {test: 'test.jsonl'}}}),
    ],
    'no files of a pattern': [
      'io',
      '~/no-*.jsonl: no such files',
      () => ({data: {train: 'no-*.jsonl', test: {test: 'test.jsonl'}}}),
    ],
    'a line that is not JSON': [
      'input',
      '~/train.jsonl:2: not JSON: ',
      () => write('train.jsonl', lines('{"query": "1?", "response": "1"}', '{"query":')),
    ],
    'a line without an answer': [
      'input',
      '~/train.jsonl:1: column "response" is missing; found: query, respons; accepted: query and response (MetaMathQA), or',
      () => write('train.jsonl', lines('{"query": "1?", "respons": "1"}')),
    ],
    'an empty file': ['input', '~/train.jsonl: has no data', () => write('train.jsonl', '\n')],
    'a file that is no text': [
      'input',
      '~/train.jsonl: not UTF-8 text',
      () => write('train.jsonl', Buffer.of(255, 254)),
    ],
    'a folder for a file': [
      'io',
      '~/train.jsonl: a folder without parquet files',
      () => {
        rmSync('train.jsonl')
        mkdirSync('train.jsonl')
      },
    ],
    'examples that are all too long': [
      'input',
      '~/train.jsonl: no example is left: ~/train.jsonl:1: ',
      () => ({train: {maxTokens: 3}}),
    ],
    'no test data': ['io', '~/test.jsonl: no such file or folder', () => rmSync('test.jsonl')],
    'a test line that is not JSON': [
      'input',
      '~/test.jsonl:2: not JSON: ',
      () => write('test.jsonl', lines('{"query": "1?", "response": "#### 1"}', 'x')),
    ],
    'a test item without a number': [
      'input',
      '~/test.jsonl:1: no gold answer after "#### "',
      () => write('test.jsonl', lines('{"query": "1?", "response": "1"}')),
    ],
  }

test.each(Object.entries(CASES))('%s is known before anything is written', async (_, [kind, message, spoil]) => {
  const changes = (await spoil()) ?? {}
  const fault = await tinyRecipe(folder, changes)
    .then(recipe => run(recipe))
    .catch(error => error)
  expect(fault).toMatchObject({name: 'Fault', kind})
  expect(fault.message.replaceAll(folder, '~')).toContain(message)
  expect(fault.message.split('\n').length).toBeLessThan(5)
  for (const left of ['runs', 'results', 'cache']) expect(readdirSync(folder)).not.toContain(left)
})

test('a results folder that cannot be written to is known before the run has a folder', async () => {
  write('results', '')
  await expect(run(await tinyRecipe(folder))).rejects.toMatchObject({
    kind: 'io',
    message: `${folder}/results: a file, not a folder`,
  })
  expect(readdirSync(folder)).not.toContain('runs')
})

test('a cache or runs folder that cannot be made is an I/O fault that names it, and the variable that moves the cache', async () => {
  write('cache', '')
  await expect(run(await tinyRecipe(folder))).rejects.toMatchObject({
    kind: 'io',
    message: `${folder}/cache/factors: a part of the path is a file, not a folder; set SVFT_CACHE to a folder that can be written`,
  })
  expect(readdirSync(folder)).not.toContain('runs')
  write('runs', '')
  await expect(run(await tinyRecipe(folder))).rejects.toMatchObject({kind: 'io'})
})

test('a weight that is not a number is named where it is decomposed', async () => {
  await weights(tensors => {
    tensors['model.layers.0.mlp.down_proj.weight'].data[5] = Number.NaN
  })
  await expect(run(await tinyRecipe(folder))).rejects.toMatchObject({
    kind: 'input',
    message: `${folder}/model/model.safetensors: model.layers.0.mlp.down_proj.weight: not a finite number at index 5: NaN`,
  })
})

test('an experiment is all that a run works with', async () => {
  const {tensors, data, engine, plan, modelRevision} = await openExperiment(
    await tinyRecipe(folder, {train: {maxTokens: 48}}),
  )
  expect(Object.keys(tensors)).toHaveLength(11)
  expect(data).toMatchObject({examples: 10, longest: 47, warnings: []})
  expect(engine).toMatchObject({name: 'onnx', threads: 1})
  expect(plan.count).toBe(94)
  expect(await modelRevision()).toMatch(/^[0-9a-f]{16}$/)
  expect((await openExperiment(await tinyRecipe(folder, {engine: 'js'}))).engine.name).toBe('js')
  expect(readFileSync(join(folder, 'model/config.json'), 'utf8')).toContain('llama')
})
