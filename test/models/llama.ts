import type {ModelConfig} from '../../src/models/config.ts'
import type {CausalModel} from '../../src/models/model.ts'
import {modelFor, openModel} from '../../src/models/open-model.ts'
import {random} from '../../src/tensor/random.ts'
import {type Numbers, normals} from './adapters.ts'

/** A LLaMA with everything that one can have: grouped heads, a head size of its own, biases, an untied head. */
export const LLAMA: ModelConfig = {
  model_type: 'llama',
  vocab_size: 20,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 6,
  attention_bias: true,
  mlp_bias: true,
  rms_norm_eps: 1e-5,
}

export const openCausal = (config: ModelConfig): CausalModel => modelFor('causal-lm', openModel(config), 'this test')

/** Random parameters for a model, by name; gains around 1, of which the Gemmas store the excess. */
export function parametersOf(config: ModelConfig, seed = 1): Record<string, Numbers> {
  return Object.fromEntries(
    Object.entries(openModel(config).shapes).map(([name, shape]) => {
      const drawn = normals(shape, random(seed, name))
      const one = String(config.model_type).startsWith('gemma') ? 0 : 1
      const move = (value: number) => (name.endsWith('norm.weight') ? one + 0.1 * value : 0.4 * value)
      return [name, {shape, data: drawn.data.map(move)}]
    }),
  )
}
