import type {ModelConfig} from '../../src/models/config.ts'
import {LLAMA} from './llama.ts'

/** A Gemma as published: one key head for all, heads wider than their share of the hidden size, the head tied. */
const GEMMA: ModelConfig = {
  model_type: 'gemma',
  vocab_size: 20,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 1,
  head_dim: 6,
  hidden_act: 'gelu',
}

/** A Gemma-2 with a window in its first layer, a scale of its own, and caps low enough to change the scores and logits. */
const GEMMA2: ModelConfig = {
  ...GEMMA,
  model_type: 'gemma2',
  num_key_value_heads: 2,
  query_pre_attn_scalar: 9,
  sliding_window: 4,
  attn_logit_softcapping: 2,
  final_logit_softcapping: 3,
}

/** A Gemma-3 with a window in its first layer alone, which rotates by angles of its own. */
const GEMMA3: ModelConfig = {
  ...GEMMA,
  model_type: 'gemma3_text',
  num_key_value_heads: 2,
  query_pre_attn_scalar: 9,
  sliding_window: 4,
  sliding_window_pattern: 2,
  rope_local_base_freq: 20,
  rope_scaling: {rope_type: 'linear', factor: 8},
}

/** A GPT-NeoX as Pythia: of each head's 8 entries 4 are rotated, attention and MLP read the same. */
export const NEOX: ModelConfig = {
  model_type: 'gpt_neox',
  vocab_size: 20,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  rotary_pct: 0.5,
}

/** A Qwen2 as published: biases on queries, keys and values, grouped heads, the head tied. */
const QWEN2: ModelConfig = {
  model_type: 'qwen2',
  vocab_size: 20,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  rope_theta: 1000000,
  tie_word_embeddings: true,
}

/** A Qwen3 as published: norms on the heads' queries and keys, heads wider than their share of the hidden size. */
const QWEN3: ModelConfig = {...QWEN2, model_type: 'qwen3', head_dim: 6}

/** A SmolLM3 whose second layer does not rotate. */
const SMOLLM3: ModelConfig = {...QWEN2, model_type: 'smollm3', pad_token_id: 0, no_rope_layer_interval: 2}

/** An OLMo 2 as published, with grouped heads: norms after attention and the MLP, and norms of queries and keys over all heads. */
const OLMO2: ModelConfig = {...QWEN2, model_type: 'olmo2', tie_word_embeddings: false}

/** An OLMo 3 with a window in its first layer. */
const OLMO3: ModelConfig = {
  ...OLMO2,
  model_type: 'olmo3',
  rope_theta: 500000,
  sliding_window: 3,
  layer_types: ['sliding_attention', 'full_attention'],
}

/** A Granite whose factors all differ from 1. */
const GRANITE: ModelConfig = {
  ...LLAMA,
  model_type: 'granite',
  embedding_multiplier: 6,
  attention_multiplier: 0.3,
  residual_multiplier: 0.4,
  logits_scaling: 2,
}

/** A Mistral with a window that is shorter than the texts of the tests. */
const MISTRAL: ModelConfig = {...QWEN2, model_type: 'mistral', tie_word_embeddings: false, sliding_window: 3}

const GPT2: ModelConfig = {
  model_type: 'gpt2',
  vocab_size: 20,
  n_embd: 16,
  n_layer: 2,
  n_head: 2,
  n_positions: 12,
}

/** A Phi-3 with a window that is shorter than the texts of the tests. */
const PHI3: ModelConfig = {
  model_type: 'phi3',
  vocab_size: 20,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  sliding_window: 3,
}

/** Every causal architecture, in its forms. */
export const CAUSAL_LMS: Readonly<Record<string, ModelConfig>> = {
  'llama with grouped heads, biases and an untied head': LLAMA,
  'llama with a tied head and scaled rotary frequencies': {
    ...LLAMA,
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: true,
    rope_scaling: {
      rope_type: 'llama3',
      factor: 4,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 16,
    },
  },
  'gemma with one key head': GEMMA,
  'gemma with a key head each, biases and an untied head': {
    ...GEMMA,
    num_key_value_heads: 4,
    attention_bias: true,
    tie_word_embeddings: false,
    hidden_act: 'silu',
  },
  'gemma2 with a window in every second layer': GEMMA2,
  'gemma2 with free scores, biases, an untied head and no window in the first layer': {
    ...GEMMA2,
    attn_logit_softcapping: null,
    final_logit_softcapping: 3.5,
    attention_bias: true,
    tie_word_embeddings: false,
    layer_types: ['full_attention', 'sliding_attention'],
  },
  'gemma3 with a window in its first layer': GEMMA3,
  'gemma3 with capped logits, biases, an untied head and a window in its last layer': {
    ...GEMMA3,
    final_logit_softcapping: 3,
    attention_bias: true,
    tie_word_embeddings: false,
    layer_types: ['full_attention', 'sliding_attention'],
  },
  'gpt-neox with parallel residuals': NEOX,
  'gpt-neox one after the other, rotated whole, with a tied head': {
    ...NEOX,
    use_parallel_residual: false,
    rotary_pct: 1,
    attention_bias: false,
    tie_word_embeddings: true,
    hidden_act: 'gelu_fast',
    rope_scaling: {type: 'linear', factor: 2},
  },
  'qwen2 with grouped heads': QWEN2,
  'qwen2 with an untied head and YaRN': {
    ...QWEN2,
    tie_word_embeddings: false,
    rope_scaling: {rope_type: 'yarn', factor: 4, original_max_position_embeddings: 16},
  },
  'qwen2 with a window in its last layer': {
    ...QWEN2,
    use_sliding_window: true,
    sliding_window: 3,
    max_window_layers: 1,
  },
  'qwen3 with grouped heads': QWEN3,
  'qwen3 with a key head each, biases and an untied head': {
    ...QWEN3,
    num_key_value_heads: 4,
    attention_bias: true,
    tie_word_embeddings: false,
  },
  'qwen3 with a window in its first layer': {
    ...QWEN3,
    use_sliding_window: true,
    sliding_window: 3,
    layer_types: ['sliding_attention', 'full_attention'],
  },
  'smollm3 with a layer that does not rotate': SMOLLM3,
  'smollm3 with a window in the first layer, which does not rotate, biases of the MLP, an untied head and YaRN': {
    ...SMOLLM3,
    no_rope_layers: [0, 1],
    use_sliding_window: true,
    sliding_window: 3,
    mlp_bias: true,
    tie_word_embeddings: false,
    rope_scaling: {rope_type: 'yarn', factor: 4, original_max_position_embeddings: 16},
  },
  'smollm3 without any layer that rotates': {...SMOLLM3, no_rope_layers: [0, 0]},
  'olmo2 with grouped heads': OLMO2,
  'olmo2 with a key head each, biases, a tied head and YaRN': {
    ...OLMO2,
    num_key_value_heads: 4,
    attention_bias: true,
    tie_word_embeddings: true,
    rope_scaling: {rope_type: 'yarn', factor: 4, original_max_position_embeddings: 16},
  },
  'olmo3 with a window in its first layer': OLMO3,
  'olmo3 with biases, a tied head, YaRN in its second layer and other angles in its first': {
    ...OLMO3,
    attention_bias: true,
    tie_word_embeddings: true,
    rope_parameters: {
      full_attention: {rope_type: 'yarn', factor: 4, original_max_position_embeddings: 16, rope_theta: 500000},
      sliding_attention: {rope_type: 'default', rope_theta: 20},
    },
  },
  granite: GRANITE,
  'granite with biases and a tied head': {
    ...GRANITE,
    attention_bias: true,
    mlp_bias: true,
    tie_word_embeddings: true,
    residual_multiplier: 1,
  },
  gpt2: GPT2,
  'gpt2 with an untied head and scores scaled by layer alone': {
    ...GPT2,
    tie_word_embeddings: false,
    n_inner: 24,
    activation_function: 'relu',
    scale_attn_weights: false,
    scale_attn_by_inverse_layer_idx: true,
  },
  'mistral with a window': MISTRAL,
  'phi3 with a window': PHI3,
  'phi3 without a window, with one key head, heads rotated in part by longrope, and a tied head': {
    ...PHI3,
    sliding_window: null,
    num_key_value_heads: 1,
    partial_rotary_factor: 0.5,
    rope_scaling: {type: 'longrope', short_factor: [1.5, 2], long_factor: [3, 5]},
    tie_word_embeddings: true,
  },
  'mistral without a window, with a key head each and a tied head': {
    ...MISTRAL,
    sliding_window: null,
    num_key_value_heads: 4,
    tie_word_embeddings: true,
  },
}
