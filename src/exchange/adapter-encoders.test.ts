import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {ENGINES} from '../../test/adapters.ts'
import {MODERNBERT, ROBERTA} from '../../test/classifiers.ts'
import {buildAdapter} from '../adapters/index.ts'
import {headTensors, plan} from '../adapters/plan.ts'
import type {ModelConfig} from '../models/config.ts'
import {openModel} from '../models/open-model.ts'
import {checkTensors, openCheckpoint} from '../weights/checkpoint.ts'
import {writeMerged} from './merge-model.ts'
import {peftConfig} from './peft-config.ts'

const MODERNBERT_GOLDEN = join(import.meta.dirname, '../../test/goldens/models/modernbert-cls-3')
const out = mkdtempSync(join(tmpdir(), 'svft-'))
afterAll(() => rmSync(out, {recursive: true}))

const HEADS: readonly (readonly [string, ModelConfig, string, readonly string[]])[] = [
  ['RoBERTa', ROBERTA, 'query', ['classifier']],
  ['ModernBERT', MODERNBERT, 'Wqkv', ['head', 'classifier']],
]

test.each(HEADS)('the layers of the head of %s are saved as modules of PEFT', (_, config, target, modules) => {
  const model = openModel(config)
  const settings = {method: 'lora' as const, rank: 2, alpha: 4, dropout: 0, targets: [target], match: 'suffix' as const}
  const planned = plan(model, {
    adapter: buildAdapter(settings),
    targets: [target],
    whole: headTensors(model.shapes, 'head' in model ? model.head.paths : []),
  })
  expect(peftConfig(settings, {plan: planned, model, base: 'model'})).toMatchObject({modules_to_save: modules})
})

test('a merged model has floats in config.json where its original has them, as transformers 5 requires', async () => {
  const checkpoint = await openCheckpoint(MODERNBERT_GOLDEN)
  const {config} = checkpoint
  const model = openModel(config)
  const tensors = checkTensors(checkpoint, model)
  const settings = {method: 'full' as const}
  const adapted = {
    folder: MODERNBERT_GOLDEN,
    config,
    model,
    settings,
    plan: plan(model, {}),
    tensors,
    trained: {},
    engine: ENGINES[1],
  }
  await writeMerged(adapted, join(out, 'merged'))
  const written = readFileSync(join(out, 'merged/config.json'), 'utf8')
  for (const pair of ['"initializer_cutoff_factor": 2.0', '"local_rope_theta": 10000.0', '"num_hidden_layers": 3,'])
    expect(written).toContain(pair)
  expect(JSON.parse(written)).toEqual(config)
})
