import {expect, test} from 'vitest'
import {nearestTensor} from './nearest-tensor.ts'

test.each([
  ['norm.weight', ['model.layers.0.weight', 'model.norm.weight'], 'model.norm.weight'],
  ['vit.encoder.layer.0.weight', ['encoder.layer.0.weight', 'vit.encoder.layer.1.weight'], 'encoder.layer.0.weight'],
  ['bert.LayerNorm.weight', ['bert.pooler.bias', 'bert.LayerNorm.gamma'], 'bert.LayerNorm.gamma'],
  ['q_prj.weight', ['k_proj.weight', 'q_proj.weight'], 'q_proj.weight'],
  ['classifier.weight', ['norm.bias', 'embeddings.position'], undefined],
  ['a', ['abcd'], undefined],
  ['a', [], undefined],
])('nearest to %s of %j is %s', (name, names, expected) => {
  expect(nearestTensor(name, names)).toBe(expected)
})
