import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {ENGINES} from '../../test/models/adapters.ts'
import {NEOX} from '../../test/models/causal-lms.ts'
import {MODERNBERT, ROBERTA} from '../../test/models/classifiers.ts'
import {LLAMA} from '../../test/models/llama.ts'
import {buildAdapter} from '../adapters/index.ts'
import {headTensors, plan} from '../adapters/plan.ts'
import {Fault} from '../base/fault.ts'
import type {ModelConfig} from '../models/config.ts'
import {openModel} from '../models/open-model.ts'
import {checkTensors, openCheckpoint} from '../weights/checkpoint.ts'
import {writeMerged} from './merge-model.ts'
import {peftConfig} from './peft-config.ts'

const MODERNBERT_GOLDEN = join(import.meta.dirname, '../../test/goldens/models/modernbert-cls-3')
const PHI3_GOLDEN = join(import.meta.dirname, '../../test/goldens/models/phi3-longrope')
const out = mkdtempSync(join(tmpdir(), 'svft-'))
afterAll(() => rmSync(out, {recursive: true}))

const HEADS: readonly (readonly [string, ModelConfig, string, readonly string[]])[] = [
  ['RoBERTa', ROBERTA, 'query', ['classifier']],
  ['ModernBERT', MODERNBERT, 'Wqkv', ['head', 'classifier']],
  ['GPT-NeoX, by both its names,', NEOX, 'query_key_value', ['embed_out', 'lm_head']],
]

test.each(HEADS)('the layers of the head of %s are saved as modules of PEFT', (_, config, target, modules) => {
  const model = openModel(config)
  const settings = {method: 'lora' as const, rank: 2, alpha: 4, dropout: 0, targets: [target], match: 'suffix' as const}
  const planned = plan(model, {
    adapter: buildAdapter(settings),
    targets: [target],
    whole: headTensors(model.shapes, 'head' in model ? model.head.paths : ['embed_out']),
  })
  expect(peftConfig(settings, {plan: planned, model, base: {name: 'model'}})).toMatchObject({modules_to_save: modules})
})

/** The adapter_config.json of a DoRA on LLaMA's `q_proj`, and of tensors of the model that train whole. */
function configWith(whole: readonly string[]) {
  const model = openModel(LLAMA)
  const settings = {
    method: 'dora' as const,
    rank: 2,
    alpha: 4,
    dropout: 0,
    targets: ['q_proj'],
    match: 'suffix' as const,
  }
  const planned = plan(model, {adapter: buildAdapter(settings), targets: settings.targets, whole})
  return peftConfig(settings, {plan: planned, model, base: {name: 'model'}})
}

test('modules that train whole beside targets are saved by their own paths', () => {
  const whole = ['model.embed_tokens.weight', 'model.norm.weight']
  expect(configWith(whole)).toMatchObject({modules_to_save: ['model.embed_tokens', 'model.norm']})
})

test("the targets' own biases are lora_only of DoRA too, and a bias without its weight is refused", () => {
  const biases = (name: string) => [0, 1].map(layer => `model.layers.${layer}.self_attn.${name}.bias`)
  expect(configWith(biases('q_proj'))).toMatchObject({bias: 'lora_only', modules_to_save: null})
  const path = 'model.layers.0.self_attn.k_proj'
  const message = `PEFT cannot save a part of ${path}, without ${path}.weight; use svft merge`
  expect(() => configWith(biases('k_proj'))).toThrow(new Fault('usage', message))
})

test('a merged model has floats in config.json where its original has them, as transformers 5 requires', async () => {
  const checkpoint = await openCheckpoint(MODERNBERT_GOLDEN)
  const {config} = checkpoint
  const model = openModel(config)
  const tensors = checkTensors(checkpoint, model)
  const settings = {method: 'full' as const}
  const adapted = {
    folder: MODERNBERT_GOLDEN,
    base: {name: MODERNBERT_GOLDEN},
    config,
    model,
    settings,
    plan: plan(model, {}),
    tensors,
    trained: {},
    engine: ENGINES[1],
    warnings: [],
  }
  await writeMerged(adapted, join(out, 'merged'))
  const written = readFileSync(join(out, 'merged/config.json'), 'utf8')
  for (const pair of ['"initializer_cutoff_factor": 2.0', '"local_rope_theta": 10000.0', '"num_hidden_layers": 3,'])
    expect(written).toContain(pair)
  expect(JSON.parse(written)).toEqual({
    ...config,
    architectures: ['ModernBertForSequenceClassification'],
    problem_type: 'single_label_classification',
  })
})

test('numbers with an exponent and lists of floats stay floats, and lists of whole numbers remain as they are', async () => {
  const folder = join(out, 'longrope')
  cpSync(PHI3_GOLDEN, folder, {recursive: true})
  const file = join(folder, 'config.json')
  const more =
    '"cap": 3e1, "base": 1.5E+3, "tiny": 1e-5, "scales": [1e0, 2], "factors": [1.0, 1.25, 2, -3.0], "sizes": [1, 2], "names": ["1.0, 2"], "none": []'
  writeFileSync(file, readFileSync(file, 'utf8').replace('{', `{${more}, `))
  const checkpoint = await openCheckpoint(folder)
  const {config} = checkpoint
  const model = openModel(config)
  const base = {name: folder}
  const tensors = checkTensors(checkpoint, model)
  const untrained = {base, plan: plan(model, {}), tensors, trained: {}, engine: ENGINES[1], warnings: []}
  await writeMerged({folder, config, model, settings: {method: 'full'}, ...untrained}, join(out, 'merged-longrope'))
  const written = readFileSync(join(out, 'merged-longrope/config.json'), 'utf8')
  const compact = written.replaceAll(/\s+/g, '')
  for (const pair of [
    '"short_factor":[1.0,1.12,1.24,1.36]',
    '"cap":30.0,',
    '"base":1500.0,',
    '"tiny":0.00001,',
    '"scales":[1.0,2.0]',
    '"factors":[1.0,1.25,2.0,-3.0]',
    '"sizes":[1,2]',
    '"names":["1.0,2"]',
    '"none":[]',
  ])
    expect(compact).toContain(pair)
})
