import type {Named, Stored} from '../../src/engine/program.ts'
import type {ModelConfig} from '../../src/models/config.ts'
import type {CausalModel} from '../../src/models/model.ts'
import {modelFor, openModel} from '../../src/models/open-model.ts'
import {random} from '../../src/tensor/random.ts'
import {openCheckpoint} from '../../src/weights/checkpoint.ts'
import type {Subject, SubjectOptions} from './subject.ts'
import {randomWeights} from './weights.ts'

/** LLaMA of ViT-B's size. */
export const LLAMA_768: ModelConfig = {
  model_type: 'llama',
  hidden_size: 768,
  intermediate_size: 2048,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  vocab_size: 32000,
  rms_norm_eps: 1e-5,
}

export const SMOLLM2: ModelConfig = {
  model_type: 'llama',
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  vocab_size: 49152,
  rms_norm_eps: 1e-5,
  rope_theta: 100000,
  tie_word_embeddings: true,
}

/** Opens a model with random weights, or the checkpoint of a folder. */
export async function openCausal(
  config: ModelConfig,
  folder?: string,
): Promise<{readonly model: CausalModel; readonly tensors: Named<Stored>}> {
  if (folder !== undefined) {
    const checkpoint = await openCheckpoint(folder)
    return {model: modelFor('causal-lm', openModel(checkpoint.config), folder), tensors: checkpoint.tensors}
  }
  const model = modelFor('causal-lm', openModel(config), 'this benchmark')
  return {model, tensors: await randomWeights(`llama-${config.hidden_size}`, model.shapes)}
}

export const randomIds = (count: number, vocabulary: number, seed = 0) => {
  const stream = random(seed, 'ids')
  return Int32Array.from({length: count}, () => stream.int(vocabulary))
}

/** Texts of random tokens without padding, where each token is a target. */
export async function causalSubject(
  config: ModelConfig,
  {batch = 4, tokens = 256, folder}: SubjectOptions,
): Promise<Subject> {
  const {model, tensors} = await openCausal(config, folder)
  const ids = randomIds(batch * tokens, model.cache.vocabulary)

  return {
    model,
    tensors,
    targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
    fewer: {vera: ['gate_proj', 'up_proj'], boft: ['q_proj', 'v_proj']},
    whole: [],
    batch,
    tokens,
    feeds: {input_ids: ids, labels: ids},
  }
}
