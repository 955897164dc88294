import type {Named, Stored} from '../../src/engine/program.ts'
import type {ModelConfig} from '../../src/models/config.ts'
import type {CausalModel} from '../../src/models/model.ts'
import {modelFor, openModel} from '../../src/models/open-model.ts'
import {openCheckpoint} from '../../src/weights/checkpoint.ts'
import type {Subject, SubjectOptions} from './subject.ts'
import {randomCheckpoint} from './weights.ts'

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

export async function openCausal(
  folder: string,
): Promise<{readonly model: CausalModel; readonly tensors: Named<Stored>}> {
  const {config, tensors} = await openCheckpoint(folder)
  return {model: modelFor('causal-lm', openModel(config), folder), tensors}
}

/** Token ids that peer/torch_step.py and peer/torch_generate.py have too. */
export const fixedIds = (count: number, vocabulary: number) =>
  Int32Array.from({length: count}, (_, i) => (i * 7919) % vocabulary)

/** Texts without padding, where each token is a target. */
export async function causalSubject(
  config: ModelConfig,
  {batch = 4, tokens = 256, folder}: SubjectOptions,
): Promise<Subject> {
  const {model, tensors: weights} = await openCausal(folder ?? (await randomCheckpoint(config)))
  const ids = fixedIds(batch * tokens, model.cache.vocabulary)

  return {
    model,
    tensors: weights,
    targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
    fewer: {vera: ['gate_proj', 'up_proj'], boft: ['q_proj', 'v_proj']},
    whole: [],
    batch,
    tokens,
    feeds: {input_ids: ids, labels: ids},
  }
}
