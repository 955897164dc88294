import {cpSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {toBfloat16} from '../base/half.ts'
import type {Named} from '../engine/program.ts'
import {openCheckpoint} from '../weights/checkpoint.ts'
import {readSafetensors, readTensor, type Writable, writeSafetensors} from '../weights/safetensors.ts'
import {writeMerged} from './merge-model.ts'
import {openAdapter} from './open-adapter.ts'

const ROOT = join(import.meta.dirname, '../..')
const BASE = join(ROOT, 'test/goldens/models/llama-gqa')
const [HIDDEN, VOCABULARY] = [32, 96]

/** Opens the LoRA adapter that PEFT wrote, of rank 2, with more tensors and other settings. */
async function openLora(more: Named<Writable>, {settings = {}, base = BASE}: {settings?: object; base?: string} = {}) {
  const folder = openFolder()
  cpSync(join(ROOT, 'test/fixtures/peft/lora'), folder, {recursive: true})
  const file = join(folder, 'adapter_model.safetensors')
  const tensors: Record<string, Writable> = {}
  for (const [name, {dtype, shape, ...stored}] of Object.entries(await readSafetensors(file)))
    tensors[name] = {dtype, shape, data: await readTensor({dtype, shape, ...stored})}
  for (const [name, tensor] of Object.entries(more)) tensors[`base_model.model.${name}`] = tensor
  await writeSafetensors(file, tensors)
  const config = join(folder, 'adapter_config.json')
  writeFileSync(config, JSON.stringify({...JSON.parse(readFileSync(config, 'utf8')), ...settings}))
  return openAdapter(folder, base)
}

const floats = (shape: readonly number[], data: ArrayLike<number> = [1]): Writable => {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1))
  values.set(data)
  return {dtype: 'float32', shape, data: values}
}

const HEAD_LORA = {
  'lm_head.lora_A.weight': floats([2, HIDDEN]),
  'lm_head.lora_B.weight': floats([VOCABULARY, 2]),
}

const readHead = async (folder: string) => readTensor((await openCheckpoint(folder)).tensors['lm_head.weight'])

test("an adapter of the head is merged, with the base model's head beside it as PEFT saves it", async () => {
  const head = await readHead(BASE)
  const merged = join(openFolder(), 'merged')
  const bits = {dtype: 'bfloat16', shape: [VOCABULARY, HIDDEN], data: toBfloat16(Float32Array.from(head))} as const // as it was trained
  const settings = {lora_alpha: 4, use_rslora: false}
  for (const saved of [floats([VOCABULARY, HIDDEN], head), bits])
    await openLora({...HEAD_LORA, 'lm_head.base_layer.weight': saved}, {settings})
  await writeMerged(await openLora({...HEAD_LORA, 'lm_head.base_layer.weight': bits}, {settings}), merged)
  const [first, ...rest] = head
  expect(Array.from(await readHead(merged))).toEqual([Math.fround(first + 2), ...rest])
})

test('an adapter beside another head than that of the base model is refused', async () => {
  const message = /: lm_head\.weight differs from the base model's; merge the adapter with PEFT$/
  for (const other of [floats([VOCABULARY, HIDDEN]), floats([VOCABULARY + 1, HIDDEN])]) {
    const opened = openLora({...HEAD_LORA, 'lm_head.base_layer.weight': other})
    await expect(opened).rejects.toMatchObject({kind: 'input', message: expect.stringMatching(message)})
  }
})

test.each([
  ['lora_bias', true, 'model.layers.0.self_attn.q_proj.lora_B.bias'],
  ['trainable_token_indices', [1, 2], 'model.embed_tokens.token_adapter.trainable_tokens_delta'],
  ['monteclora_config', {num_samples: 8}, 'model.layers.0.self_attn.q_proj.lora_monteclora_sampler.expert_weights'],
  ['velora_config', {num_groups: 64}, 'model.layers.0.self_attn.q_proj.lora_velora_embed'],
] as const)('%s is refused by name, not as a tensor that the model does not have', async (key, value, tensor) => {
  const message = `: ${key} is not supported: ${JSON.stringify(value)}`
  const opened = openLora({[tensor]: floats([HIDDEN])}, {settings: {[key]: value}})
  await expect(opened).rejects.toMatchObject({kind: 'input', message: expect.stringContaining(message)})
})

test('an adapter of an embedding, or of a head that is tied to it, is refused as such', async () => {
  const embedding = {
    'model.embed_tokens.lora_embedding_A': floats([2, VOCABULARY]),
    'model.embed_tokens.lora_embedding_B': floats([HIDDEN, 2]),
  }
  await expect(openLora(embedding)).rejects.toThrow(
    /: an adapter of the embedding model\.embed_tokens is not supported; merge it with PEFT$/,
  )
  const base = openFolder()
  cpSync(BASE, base, {recursive: true})
  const config = join(base, 'config.json')
  writeFileSync(config, JSON.stringify({...JSON.parse(readFileSync(config, 'utf8')), tie_word_embeddings: true}))
  await expect(openLora(HEAD_LORA, {base})).rejects.toThrow(
    /: an adapter of the head, which is tied to the embedding, is not supported; merge it with PEFT$/,
  )
})
