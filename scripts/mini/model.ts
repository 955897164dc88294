// Writes what the mini language model has besides its weights: `npx tsx scripts/mini/model.ts`.
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {BOS, EOS, miniTokenizer, PAD, SPECIAL, VOCABULARY} from './tokenizer.ts'

const folder = fileURLToPath(new URL('../../models/llama-mini/', import.meta.url))
mkdirSync(folder, {recursive: true})

const names = {bos_token: BOS, eos_token: EOS, pad_token: PAD}
const ids = {bos_token_id: SPECIAL.indexOf(BOS), eos_token_id: SPECIAL.indexOf(EOS), pad_token_id: SPECIAL.indexOf(PAD)}
const positions = 512

write('tokenizer.json', miniTokenizer())
write('special_tokens_map.json', names)
write('tokenizer_config.json', {
  add_bos_token: false,
  add_eos_token: false,
  ...names,
  clean_up_tokenization_spaces: false,
  model_max_length: positions,
  tokenizer_class: 'PreTrainedTokenizerFast',
})
write('generation_config.json', ids)
write('config.json', {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  torch_dtype: 'bfloat16',
  vocab_size: VOCABULARY,
  ...ids,
  hidden_size: 128,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  intermediate_size: 320,
  hidden_act: 'silu',
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  rope_scaling: null,
  max_position_embeddings: positions,
  attention_bias: false,
  attention_dropout: 0,
  mlp_bias: false,
  tie_word_embeddings: true,
  initializer_range: 0.02,
  use_cache: true,
})

function write(name: string, content: unknown): void {
  writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`)
}
