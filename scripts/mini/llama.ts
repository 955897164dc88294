import {BOS, EOS, PAD, SPECIAL} from './byte-level.ts'
import {writeJson} from './json.ts'

export interface Shape {
  readonly vocabulary: number
  readonly hidden: number
  readonly intermediate: number
  /** Standard deviation of the initial weights of pre-training. */
  readonly deviation: number
}

/** Writes the files of a mini LLaMA except its weights. */
export function writeLlama(folder: string, tokenizer: object, shape: Shape): void {
  const write = writeJson(folder)
  const names = {bos_token: BOS, eos_token: EOS, pad_token: PAD}
  const id = (token: string) => SPECIAL.indexOf(token)
  const ids = {bos_token_id: id(BOS), eos_token_id: id(EOS), pad_token_id: id(PAD)}
  const positions = 512

  write('tokenizer.json', tokenizer)
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
    vocab_size: shape.vocabulary,
    ...ids,
    hidden_size: shape.hidden,
    num_hidden_layers: 4,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    intermediate_size: shape.intermediate,
    hidden_act: 'silu',
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    rope_scaling: null,
    max_position_embeddings: positions,
    attention_bias: false,
    attention_dropout: 0,
    mlp_bias: false,
    tie_word_embeddings: true,
    initializer_range: shape.deviation,
    use_cache: true,
  })
}
