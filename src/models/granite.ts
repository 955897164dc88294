// Granite, version 3 (Granite Team, IBM 2024): the form of LLaMA, with factors of the embedding, of attention's scores, of what attention
// and the MLP add, and of the logits.
import {type ModelConfig, reader} from './config.ts'
import {gatedModel} from './gated-decoder.ts'
import {biasedOf, llama, readConfig as readLlama} from './llama.ts'
import type {Architecture} from './model.ts'

export const granite: Architecture = {
  linears: llama.linears,
  open(json) {
    const config = readConfig(json)
    return gatedModel(config, {
      biased: biasedOf(config),
      embeddingScale: config.embeddingScale,
      scores: {scale: config.scoreScale},
      residualScale: config.residualScale,
      headScale: 1 / config.logitDivisor,
    })
  },
}

export function readConfig(json: ModelConfig) {
  const read = reader(json)
  return {
    ...readLlama(json),
    embeddingScale: read.number('embedding_multiplier', 1),
    scoreScale: read.number('attention_multiplier', 1),
    residualScale: read.number('residual_multiplier', 1),
    logitDivisor: read.positive('logits_scaling', 1),
  }
}
