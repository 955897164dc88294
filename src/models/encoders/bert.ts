// BERT (Devlin et al. 2019) as BertForSequenceClassification.
// Shapes: B batch, C hidden size, L labels.
import {tf} from '../../tensor/tf.ts'
import {readHead, readPadding} from '../config.ts'
import {firstRows, type Layer, linear} from '../layers/layers.ts'
import type {Scope} from '../layers/scope.ts'
import type {Architecture} from '../model.ts'
import {ENCODER_LINEARS, encoderModel, readEncoderConfig} from './encoder.ts'

export const bert: Architecture = {
  linears: ENCODER_LINEARS,
  open(json, options) {
    const config = readEncoderConfig(json, options)
    return encoderModel(config, {
      className: 'BertForSequenceClassification',
      prefix: 'bert',
      longest: config.positions,
      types: config.types,
      padding: readPadding(json, 0),
      head: readHead(json, HEAD),
      headDrops: ['dropout'],
      locate: (positions, ids) => firstRows(positions, ids.shape[1]),
      classify,
    })
  },
}

/** Initialized where a checkpoint has none; published checkpoints of BERT have the pooler. */
const HEAD = ['bert.pooler.dense', 'classifier']

function classify(scope: Scope): Layer {
  const pool = linear(scope.at('bert').at('pooler').at('dense'))
  const drop = scope.at('dropout').dropout()
  const classifier = linear(scope.at('classifier'))
  return first => classifier(drop(tf.tanh(pool(first)))) // (B, C) → (B, L)
}
