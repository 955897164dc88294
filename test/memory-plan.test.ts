import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import type {ModelConfig} from '../src/models/config.ts'
import {machineRates} from '../src/plan/doctor/cached-rates.ts'
import {openBlueprint} from '../src/recipes/blueprint.ts'
import {sumMemory, trainingMemory} from '../src/recipes/memory/check-memory.ts'
import {openFolder} from './support/cleanup.ts'
import {spawnSvft, tinyConfig, tinyRecipe, writeLines, writeModel} from './support/workplace.ts'

let folder: string
beforeAll(async () => {
  folder = openFolder()
  const query = 'Amy has 3 cups and buys 2 more. '.repeat(17)
  const examples = Array.from({length: 4}, (_, i) => ({query, response: `The answer is ${i}.\n#### ${i}`}))
  for (const name of ['train', 'test']) writeLines(join(folder, `${name}.jsonl`), examples)
  process.env.SVFT_CACHE = join(folder, 'cache')
  await machineRates([]) // a run that had to measure them would take 128 MB for it
})

test.each<[string, ModelConfig, object]>([
  ['full', {vocab_size: 20_000, hidden_size: 256, intermediate_size: 256}, {method: 'full'}],
  [
    'lora',
    {vocab_size: 64_000, hidden_size: 64, intermediate_size: 128}, // logits come in chunks
    {method: 'lora', rank: 4, targets: ['q_proj', 'v_proj']},
  ],
])(
  'a process that trains with a large vocabulary takes about as much memory as planned: %s',
  async (model, sizes, adapter) => {
    const heads = {num_attention_heads: 4, num_key_value_heads: 2, num_hidden_layers: 3}
    await writeModel(join(folder, model), {config: {...(await tinyConfig()), ...heads, ...sizes}})
    const recipe = await tinyRecipe(folder, {model, adapter, train: {steps: 2, microBatch: 4, maxTokens: 256}})
    const memory = await trainingMemory(await openBlueprint(recipe))

    const {stdout} = await spawnSvft(folder, ['run', 'tiny.yaml', '--json'])
    const {run} = JSON.parse(String(stdout)).result
    const {peakMemoryMb} = JSON.parse(readFileSync(join(folder, run, 'row.json'), 'utf8'))
    expect(sumMemory(memory) / 1e6 / peakMemoryMb).toBeGreaterThan(0.8)
    expect(sumMemory(memory) / 1e6 / peakMemoryMb).toBeLessThan(1.5)
  },
)
