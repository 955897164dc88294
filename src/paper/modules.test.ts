import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {ARCHITECTURES} from '../models/index.ts'
import {shippedFolder} from '../models/shipped-configs.ts'
import {letterAt, modulesNamed, statedModules} from './modules.ts'
import {PAPER_MODELS} from './rows.ts'
import {paperRow} from './versions.ts'

const {gemma, gpt_neox: neox, vit} = ARCHITECTURES

test('a linear layer has one letter, even where the end of another layer matches its path', () => {
  expect(letterAt('vit.encoder.layer.3.attention.output.dense', vit.linears)).toBe('O')
  expect(letterAt('vit.encoder.layer.3.output.dense', vit.linears)).toBe('D')
  expect(letterAt('gpt_neox.layers.0.attention.query_key_value', neox.linears)).toBe('QKV')
  expect(letterAt('model.layers.0.mlp.gate_proj', gemma.linears)).toBe('G')
  expect(letterAt('model.embed_tokens', gemma.linears)).toBeUndefined()
})

test('the modules that the paper and the code name depend on the method', () => {
  expect(modulesNamed('gemma', {method: 'boft'}, {version: 'arxiv-v1'})).toEqual({paper: 'QV', 'official-code': 'QKVO'})
  expect(modulesNamed('llama', {method: 'svft', pattern: 'random'}, {version: 'arxiv-v1'}).paper).toBe('UDOG')
  expect(modulesNamed('vit', {method: 'svft', pattern: 'plain'}, {version: 'arxiv-v1'}).paper).toBe('QV')
  expect(modulesNamed('vit', {method: 'svft', pattern: 'banded'}, {version: 'arxiv-v1'})['official-code']).toBe(
    'QKVOUD',
  )
  expect(modulesNamed('deberta-v2', {method: 'lora'}, {version: 'arxiv-v1'})).toEqual({})
})

test('the published version names modules for every model', () => {
  const version = 'neurips2024'
  expect(modulesNamed('deberta-v2', {method: 'lora'}, {version})).toEqual({paper: 'QKVUD'})
  expect(modulesNamed('gpt_neox', {method: 'svft'}, {version})).toEqual({paper: 'QKVOUD', 'official-code': 'QKVOUD'})
  expect(modulesNamed('gemma', {method: 'vera'}, {version})).toEqual({paper: 'GU', 'official-code': 'GU'})
  expect(modulesNamed('deberta-v2', {method: 'vera'}, {version})).toEqual({})
})

test('the type of every model of the paper is that of its config', () => {
  for (const {repository, modelType} of Object.values(PAPER_MODELS)) {
    const config = readFileSync(join(shippedFolder(repository) ?? '', 'config.json'), 'utf8')
    expect(JSON.parse(config).model_type, repository).toBe(modelType)
  }
})

test.each([
  ['t1.l8.svft_p', 'UDOG'], // by the text
  ['n14.svft_p', 'QKVUDOG'], // by the table
  ['t3.lora1', undefined],
  ['n3.lora1', 'QKVUD'], // section 4.1
])('%s adapts %s', (cell, letters) => {
  const row = paperRow(cell)
  expect(row && statedModules(row)).toBe(letters)
})
