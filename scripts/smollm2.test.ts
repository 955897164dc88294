import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {readSafetensors, readTensor} from '../src/weights/safetensors.ts'
import {ggufBytes} from '../test/support/gguf-bytes.ts'
import type {Gguf, GgufTensor} from './gguf.ts'
import {config, convert, uninterleave} from './smollm2.ts'

const folder = await mkdtemp(join(tmpdir(), 'smollm2-'))
afterAll(() => rm(folder, {recursive: true}))

const range = (n: number) => Array.from({length: n}, (_, i) => i)

/** Values 0, 1, 2 … or, of `type` Q8_0, blocks of them with d = 1. */
function tensor(shape: readonly number[], type: 'F32' | 'Q8_0' = 'F32'): GgufTensor {
  const count = shape.reduce((n, d) => n * d, 1)
  if (type === 'F32') return {type, shape, data: Buffer.from(Float32Array.from(range(count)).buffer)}
  const block = Buffer.from([0, 0x3c, ...range(32)])
  return {type, shape, data: Buffer.concat(range(count / 32).map(() => block))}
}

const [C, H, K, D, F, V] = [32, 2, 1, 16, 64, 4] // hidden, heads, kv heads, head size, feed-forward, vocabulary
const tiny: Gguf = {
  metadata: {
    'general.architecture': 'llama',
    'llama.block_count': 1,
    'llama.context_length': 8192,
    'llama.embedding_length': C,
    'llama.feed_forward_length': F,
    'llama.attention.head_count': H,
    'llama.attention.head_count_kv': K,
    'llama.attention.layer_norm_rms_epsilon': 1e-5,
    'llama.rope.freq_base': 100000,
    'llama.rope.dimension_count': D,
    'llama.vocab_size': V,
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'smollm',
    'tokenizer.ggml.tokens': ['<|end|>', 'a', 'b', 'ab'],
    'tokenizer.ggml.token_type': [3, 1, 1, 1],
    'tokenizer.ggml.merges': ['a b'],
    'tokenizer.ggml.bos_token_id': 0,
    'tokenizer.ggml.eos_token_id': 0,
    'tokenizer.ggml.padding_token_id': 0,
    'tokenizer.ggml.unknown_token_id': 0,
    'tokenizer.chat_template': '{{ messages }}',
  },
  tensors: {
    'token_embd.weight': tensor([V, C], 'Q8_0'),
    'blk.0.attn_norm.weight': tensor([C]),
    'blk.0.attn_q.weight': tensor([H * D, C]),
    'blk.0.attn_k.weight': tensor([K * D, C]),
    'blk.0.attn_v.weight': tensor([K * D, C]),
    'blk.0.attn_output.weight': tensor([C, H * D]),
    'blk.0.ffn_norm.weight': tensor([C]),
    'blk.0.ffn_gate.weight': tensor([F, C]),
    'blk.0.ffn_up.weight': tensor([F, C]),
    'blk.0.ffn_down.weight': tensor([C, F]),
    'output_norm.weight': tensor([C]),
  },
}

async function written(name: string, gguf = tiny) {
  const file = join(folder, `${name}.gguf`)
  await writeFile(file, ggufBytes(gguf))
  return file
}

test('rotary pairs next to each other part into the two halves of their head', () => {
  const rows = Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13)
  expect([...uninterleave(rows, 2, [8, 1])]).toEqual([0, 2, 1, 3, 10, 12, 11, 13])
  expect([...uninterleave(rows, 1, [4, 2])]).toEqual([0, 1, 10, 11, 2, 3, 12, 13])
})

test('a GGUF file becomes a checkpoint folder, its weights under their transformers names', async () => {
  const out = join(folder, 'out')
  await convert(await written('tiny'), out)

  const stored = await readSafetensors(join(out, 'model.safetensors'))
  const layer = 'model.layers.0'
  expect(Object.fromEntries(Object.entries(stored).map(([name, {shape}]) => [name, shape]))).toEqual({
    'model.embed_tokens.weight': [V, C],
    [`${layer}.input_layernorm.weight`]: [C],
    [`${layer}.self_attn.q_proj.weight`]: [H * D, C],
    [`${layer}.self_attn.k_proj.weight`]: [K * D, C],
    [`${layer}.self_attn.v_proj.weight`]: [K * D, C],
    [`${layer}.self_attn.o_proj.weight`]: [C, H * D],
    [`${layer}.post_attention_layernorm.weight`]: [C],
    [`${layer}.mlp.gate_proj.weight`]: [F, C],
    [`${layer}.mlp.up_proj.weight`]: [F, C],
    [`${layer}.mlp.down_proj.weight`]: [C, F],
    'model.norm.weight': [C],
  })

  const first = async (path: string) => (await readTensor(stored[path]!)).filter((_, i) => i % C === 0)
  expect([...(await first('model.embed_tokens.weight'))]).toEqual([0, 0, 0, 0])
  expect([...(await readTensor(stored['model.embed_tokens.weight']!))].slice(0, C)).toEqual(range(C))
  const evenThenOdd = range(D).map(i => (i < D / 2 ? 2 * i : 2 * i - D + 1))
  const inOrder = range(K * D)
  expect([...(await first(`${layer}.self_attn.k_proj.weight`))]).toEqual(evenThenOdd.map(row => row * C))
  expect([...(await first(`${layer}.self_attn.v_proj.weight`))]).toEqual(inOrder.map(row => row * C))

  const tokenizer = JSON.parse(await readFile(join(out, 'tokenizer.json'), 'utf8'))
  expect(tokenizer.model).toMatchObject({type: 'BPE', vocab: {'<|end|>': 0, a: 1, b: 2, ab: 3}, merges: ['a b']})
  expect(tokenizer.added_tokens).toMatchObject([{id: 0, content: '<|end|>', special: true}])
  const special = JSON.parse(await readFile(join(out, 'tokenizer_config.json'), 'utf8'))
  expect(special).toMatchObject({eos_token: '<|end|>', chat_template: '{{ messages }}', model_max_length: 8192})
  expect(JSON.parse(await readFile(join(out, 'generation_config.json'), 'utf8'))).toMatchObject({eos_token_id: 0})
  expect(JSON.parse(await readFile(join(out, 'config.json'), 'utf8'))).toEqual(config(tiny))
})

test('a config holds the decimals that were meant, and the head of an untied model', () => {
  const eps = {...tiny.metadata, 'llama.attention.layer_norm_rms_epsilon': Math.fround(1e-5)}
  expect(config({...tiny, metadata: eps})).toMatchObject({rms_norm_eps: 1e-5, tie_word_embeddings: true, head_dim: D})
  const untied = {...tiny.tensors, 'output.weight': tensor([V, C])}
  expect(config({...tiny, tensors: untied})).toMatchObject({tie_word_embeddings: false})
})

test('a folder must hold one GGUF file, and the file a Llama with SmolLM2’s tokenizer', async () => {
  const other = {...tiny, metadata: {...tiny.metadata, 'tokenizer.ggml.pre': 'llama-bpe'}}
  const file = await written('other', other)
  await expect(convert(file, join(folder, 'x'))).rejects.toThrow(
    `${file}: tokenizer.ggml.pre should be smollm: llama-bpe`,
  )
  await written('another')
  await expect(convert(folder, join(folder, 'x'))).rejects.toThrow(/should hold one \.gguf file: \d found$/)
  await expect(convert(join(folder, 'none'), folder)).rejects.toThrow('no such file or folder')
})
