// ELECTRA (Clark et al. 2020) as ElectraForSequenceClassification, of the discriminator: BERT's blocks, embeddings of a size of their
// own, and a classifier of two layers.
// Shapes: B batch, C hidden size, L labels.
import {gelu} from '../../tensor/fused.ts'
import {type LabelOptions, type ModelConfig, reader, readHead, readPadding} from '../config.ts'
import {dropped, firstRows, type Layer} from '../layers/layers.ts'
import type {Scope} from '../layers/scope.ts'
import type {Architecture} from '../model.ts'
import {ENCODER_LINEARS, encoderModel, readEncoderConfig} from './encoder.ts'

export const electra: Architecture = {
  linears: ENCODER_LINEARS,
  open(json, options) {
    const config = readConfig(json, options)
    return encoderModel(config, {
      className: 'ElectraForSequenceClassification',
      prefix: 'electra',
      longest: config.positions,
      types: config.types,
      padding: readPadding(json, 0),
      head: readHead(json, HEAD),
      headDrops: HEAD.map(path => `${path}.dropout`),
      locate: (positions, ids) => firstRows(positions, ids.shape[1]),
      classify,
    })
  },
}

/** Initialized where a checkpoint has none: the published ones are discriminators. */
const HEAD = ['classifier.dense', 'classifier.out_proj']

export function readConfig(json: ModelConfig, options?: LabelOptions) {
  const read = reader(json)
  const size = {
    hidden_size: 256,
    num_attention_heads: 4,
    num_hidden_layers: 12,
    intermediate_size: 1024,
    vocab_size: 30522,
  }
  const config = readEncoderConfig({...size, ...json}, options)
  return {...config, embeddingSize: read.integer('embedding_size', 128)}
}

function classify(scope: Scope): Layer {
  const [dense, classifier] = HEAD.map(path => dropped(scope.at(path)))
  return first => classifier(gelu(dense(first))) // (B, C) → (B, L)
}
