import {expect, test} from 'vitest'
import {NEOX} from '../../test/models/causal-lms.ts'
import {VIT} from '../../test/models/classifiers.ts'
import type {Shape, Stored} from '../engine/program.ts'
import {openModel} from '../models/open-model.ts'
import {type CheckpointLayout, checkpointName, findTied, newerName, renameTensors, unread} from './names.ts'

const stored = (shape: Shape = [2]): Stored => ({dtype: 'float32', shape, at: {data: new Float32Array(2)}})
const checkpoint = (...names: string[]) => Object.fromEntries(names.map(name => [name, stored()]))
const shapesOf = (...names: string[]) => Object.fromEntries(names.map(name => [name, [2]]))
const layout = (prefix: string, ...names: string[]): CheckpointLayout => ({shapes: shapesOf(...names), prefix})

const SAME: readonly (readonly [title: string, prefix: string, name: string, wants: string])[] = [
  ['as it is', 'model', 'model.norm.weight', 'model.norm.weight'],
  ['without the prefix of LLaMA and Gemma', 'model', 'norm.weight', 'model.norm.weight'],
  ['without the prefix of NeoX', 'gpt_neox', 'layers.0.attention.dense.bias', 'gpt_neox.layers.0.attention.dense.bias'],
  [
    'without the prefix of DeBERTa',
    'deberta',
    'encoder.rel_embeddings.weight',
    'deberta.encoder.rel_embeddings.weight',
  ],
  ['without the prefix of ViT', 'vit', 'embeddings.cls_token', 'vit.embeddings.cls_token'],
  ['with a prefix that the model lacks', 'bert', 'bert.pooler.dense.weight', 'pooler.dense.weight'],
  [
    'in a class of its own',
    'bert',
    'model.encoder.layer.0.output.dense.bias',
    'bert.encoder.layer.0.output.dense.bias',
  ],
  ['within the wrapper of several GPUs', 'bert', 'module.bert.pooler.dense.weight', 'bert.pooler.dense.weight'],
  ['within a class of its own, with the prefix', 'model', 'model.model.norm.weight', 'model.norm.weight'],
  ['within both', 'roberta', 'module.model.roberta.pooler.dense.bias', 'roberta.pooler.dense.bias'],
  ['with gamma for a gain', 'bert', 'bert.embeddings.LayerNorm.gamma', 'bert.embeddings.LayerNorm.weight'],
  ['with beta for a bias', 'bert', 'embeddings.LayerNorm.beta', 'bert.embeddings.LayerNorm.bias'],
]

test.each(SAME)('a tensor named %s is found', (_, prefix, name, wants) => {
  const tensors = checkpoint(name)
  expect(Object.entries(renameTensors(tensors, layout(prefix, wants)))).toEqual([[wants, tensors[name]]])
})

test('tensors that the model does not have are left out', () => {
  const unread = [
    'gpt_neox.layers.0.attention.masked_bias',
    'gpt_neox.layers.0.attention.bias',
    'gpt_neox.layers.0.attention.rotary_emb.inv_freq',
    'bert.embeddings.position_ids',
    'vit.pooler.dense.weight',
    'cls.predictions.bias',
    'lm_predictions.lm_head.bias',
  ]
  expect(
    Object.keys(
      renameTensors(checkpoint(...unread, 'embed_in.weight'), layout('gpt_neox', 'gpt_neox.embed_in.weight')),
    ),
  ).toEqual(['gpt_neox.embed_in.weight'])
})

test('a head is left out if the model ties it, and used as the embedding if that is missing', () => {
  const heads = {embedding: 'model.embed_tokens.weight', head: 'lm_head.weight'}
  const tied = {...layout('model', 'model.embed_tokens.weight'), tied: heads}
  const both = checkpoint('model.embed_tokens.weight', 'lm_head.weight')
  expect(renameTensors(both, tied)).toEqual({'model.embed_tokens.weight': both['model.embed_tokens.weight']})
  const one = checkpoint('lm_head.weight')
  expect(renameTensors(one, tied)).toEqual({'model.embed_tokens.weight': one['lm_head.weight']})
  const wrapped = checkpoint('module.lm_head.weight')
  expect(renameTensors(wrapped, tied)).toEqual({'model.embed_tokens.weight': wrapped['module.lm_head.weight']})
  const untied = {...layout('model', 'model.embed_tokens.weight', 'lm_head.weight'), tied: heads}
  expect(Object.keys(renameTensors(one, untied))).toEqual(['lm_head.weight'])
  const neox = {embedding: 'gpt_neox.embed_in.weight', head: 'embed_out.weight'}
  const embedding = {...layout('gpt_neox', 'gpt_neox.embed_in.weight'), tied: neox}
  expect(Object.keys(renameTensors(checkpoint('embed_out.weight'), embedding))).toEqual(['gpt_neox.embed_in.weight'])
})

test('tensors that the checkpoint lacks stay absent', () => {
  expect(
    renameTensors(checkpoint('bert.a.weight'), layout('bert', 'bert.b.weight', 'constructor', 'toString')),
  ).toEqual({})
})

test('two tensors that match one name are refused, and the fault names both', () => {
  const twice = [
    ['norm.weight', 'model.norm.weight'],
    ['model.norm.gamma', 'model.norm.weight'],
  ]
  for (const names of twice) {
    expect(() => renameTensors(checkpoint(...names), layout('model', 'model.norm.weight'))).toThrow(
      `two tensors match the model's model.norm.weight: ${names.join(' and ')}`,
    )
  }
})

test('layers beyond the model and unmerged adapters are reported, by the names of the file', () => {
  const known = ['layers.0.q_proj.weight', 'norm.gamma']
  const left = ['layers.1.q_proj.weight', 'layers.0.q_proj.lora_A.weight']
  const model = layout('model', 'model.layers.0.q_proj.weight', 'model.norm.weight')
  expect(unread(checkpoint(...known, ...left), model)).toEqual(left)
  expect(unread(checkpoint(...known), model)).toEqual([])
})

test('buffers, a tied head and the heads of pretraining are not reported', () => {
  const buffers = ['layers.0.rotary_emb.inv_freq', 'layers.0.attention.bias', 'layers.0.attention.masked_bias']
  const heads = ['lm_head.weight', 'cls.predictions.bias', 'embeddings.position_ids']
  const model = layout('gpt_neox', 'layers.0.weight', 'embeddings.word.weight')
  expect(unread(checkpoint('layers.0.weight', 'embeddings.word.weight', ...buffers, ...heads), model)).toEqual([])
})

test("names of ViT's modules in transformers since 5.24 are mapped to those of checkpoints, and others stay as they are", () => {
  const names = [
    'vit.encoder.layer.0.attention.attention.query.weight',
    'vit.encoder.layer.0.attention.output.dense.bias',
    'vit.encoder.layer.10.output.dense.weight',
    'vit.encoder.layer.0.layernorm_before.weight',
  ]
  const model = {...layout('vit', ...names), newer: openModel(VIT).newer}
  const newer = [
    'vit.layers.0.attention.q_proj.weight',
    'layers.0.attention.o_proj.bias',
    'model.vit.layers.10.mlp.fc2.weight',
    'vit.layers.0.layernorm_before.gamma',
  ]
  const file = checkpoint(...newer)
  expect(renameTensors(file, model)).toEqual(
    Object.fromEntries(Object.keys(model.shapes).map((name, i) => [name, file[newer[i]]])),
  )
  for (const name of Object.keys(model.shapes)) expect(checkpointName(newerName(name, model), model)).toBe(name)
  for (const name of ['model.layers.0.self_attn.q_proj', 'bert.encoder.layer.0.output.dense', 'vit.layernorm']) {
    expect([checkpointName(name, model), newerName(name, model)]).toEqual([name, name])
  }
})

test('the head of GPT-NeoX is found by its name in transformers since 5.24, also where the embedding may be tied to it', () => {
  const neox = {...layout('gpt_neox', 'gpt_neox.embed_in.weight', 'embed_out.weight'), newer: openModel(NEOX).newer}
  const file = checkpoint('model.gpt_neox.embed_in.weight', 'model.lm_head.weight')
  expect(Object.keys(renameTensors(file, neox))).toEqual(Object.keys(neox.shapes))
  expect(newerName('embed_out.weight', neox)).toBe('lm_head.weight')
  expect([checkpointName('lm_head', neox), newerName('lm_head.weight', neox)]).toEqual(['embed_out', 'lm_head.weight'])

  const tied = {...openModel({...NEOX, tie_word_embeddings: true}), shapes: shapesOf('gpt_neox.embed_in.weight')}
  expect(findTied(file, tied)).toEqual({embedding: 'model.gpt_neox.embed_in.weight', head: 'model.lm_head.weight'})
})
