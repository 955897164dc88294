import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {DEBERTA, DISTILBERT, MODERNBERT, ROBERTA, VIT} from '../../../test/models/classifiers.ts'
import {LLAMA} from '../../../test/models/llama.ts'
import {openFolder} from '../../../test/support/cleanup.ts'
import {tinyRecipe} from '../../../test/support/workplace.ts'
import type {ModelConfig} from '../../models/config.ts'
import {openBlueprint} from '../blueprint.ts'
import {placeholders} from '../data/placeholder-weights.ts'
import {estimateStepCost, traceStepCost} from './step-cost.ts'

let folder: string
beforeAll(() => {
  folder = openFolder()
})

const LENGTH = 128
const DEEP: ModelConfig = {num_hidden_layers: 7, hidden_size: 16, num_attention_heads: 2, max_position_embeddings: 256}
const DECODER: ModelConfig = {...LLAMA, ...DEEP, head_dim: 8, sliding_window: 8}
const lora = (...targets: readonly string[]) => ({method: 'lora', rank: 2, targets})
const [FULL, HEAD, LORA] = [{method: 'full'}, {method: 'head'}, lora('query', 'value')]

test.each<[string, ModelConfig, object]>([
  ['roberta, full, with many tokens', {...ROBERTA, ...DEEP, vocab_size: 20_000}, FULL],
  ['roberta, head', {...ROBERTA, ...DEEP}, HEAD],
  ['roberta, lora', {...ROBERTA, ...DEEP}, LORA],
  ['deberta, lora', {...DEBERTA, ...DEEP}, lora('query_proj', 'value_proj')],
  ['distilbert, lora', {...DISTILBERT, n_layers: 7, dim: 16, n_heads: 2, max_position_embeddings: 256}, lora('q_lin')],
  ['vit, lora', {...VIT, ...DEEP}, LORA],
  ['modernbert, windows in all but every third block', {...MODERNBERT, ...DEEP, num_hidden_layers: 10}, lora('Wqkv')],
  ['llama', DECODER, lora('q_proj', 'v_proj')],
  ['gemma2, windows in every second block', {...DECODER, model_type: 'gemma2'}, lora('q_proj', 'v_proj')],
  [
    'gemma3, windows in all but every third block',
    {...DECODER, model_type: 'gemma3_text', sliding_window_pattern: 3, num_hidden_layers: 10},
    lora('q_proj', 'v_proj'),
  ],
  [
    'qwen2, windows from the fourth block on',
    {...DECODER, model_type: 'qwen2', use_sliding_window: true, max_window_layers: 3},
    lora('q_proj', 'v_proj'),
  ],
])('shallow models determine the cost of a deep one: %s', async (name, config, adapter) => {
  const model = name.replaceAll(/\W+/g, '-')
  mkdirSync(join(folder, model))
  writeFileSync(join(folder, model, 'config.json'), JSON.stringify(config))
  const task = config.model_type === 'vit' ? 'images' : 'num_labels' in config ? 'rte' : 'gsm8k'
  const recipe = await tinyRecipe(folder, {task, model, adapter})
  const blueprint = await openBlueprint(recipe, task === 'gsm8k' ? {} : {labels: 2})
  const length = task === 'images' ? 1 : LENGTH
  const tensors = placeholders(blueprint.model.shapes, blueprint.config)
  const whole = await traceStepCost(blueprint, {tensors, length})
  const {workingBytes, ...others} = await estimateStepCost(blueprint, {length})
  expect(others).toEqual({...whole, workingBytes: undefined})
  expect(workingBytes / whole.workingBytes).toBeGreaterThan(0.95)
  expect(workingBytes / whole.workingBytes).toBeLessThan(1.1)
})
