import {expect, test} from 'vitest'
import {letterAt, linearsOf, modulesNamed} from './modules.ts'

test('a linear layer has one letter, though a shorter end fits it too', () => {
  expect(letterAt('vit.encoder.layer.3.attention.output.dense', 'vit')).toBe('O')
  expect(letterAt('vit.encoder.layer.3.output.dense', 'vit')).toBe('D')
  expect(letterAt('gpt_neox.layers.0.attention.query_key_value', 'gpt_neox')).toBe('QKV')
  expect(letterAt('model.layers.0.mlp.gate_proj', 'gemma')).toBe('G')
  expect(letterAt('model.embed_tokens', 'gemma')).toBeUndefined()
  expect(letterAt('anything', 'unknown')).toBeUndefined()
  expect(Object.keys(linearsOf('toString'))).toEqual([])
})

test('paper and code name modules, or do not', () => {
  expect(modulesNamed('gemma', {method: 'boft'})).toEqual({paper: 'QV', 'official-code': 'QKVO'})
  expect(modulesNamed('llama', {method: 'svft', pattern: 'random'}).paper).toBe('UDOG')
  expect(modulesNamed('vit', {method: 'svft', pattern: 'plain'}).paper).toBe('QV')
  expect(modulesNamed('vit', {method: 'svft', pattern: 'banded'})['official-code']).toBe('QKVOUD')
  expect(modulesNamed('deberta-v2', {method: 'lora'})).toEqual({})
})
