// RoBERTa (Liu et al. 2019) and XLM-R (Conneau et al. 2020): BERT's blocks, with positions that are counted from the padding
// token's id and a classifier of two layers, as RobertaForSequenceClassification.
// Shapes: B batch, T tokens, C hidden size, L labels.
import {type Tensor2D, tf} from '../../tensor/tf.ts'
import {type LabelOptions, type ModelConfig, reader, readHead} from '../config.ts'
import {dropped, embed, type Layer, tooLong} from '../layers/layers.ts'
import type {Scope} from '../layers/scope.ts'
import type {Architecture} from '../model.ts'
import {ENCODER_LINEARS, encoderModel, readEncoderConfig} from './encoder.ts'

export const roberta: Architecture = {
  linears: ENCODER_LINEARS,
  open(json, options) {
    const config = readConfig(json, options)
    const {pad, longest, types} = config
    return encoderModel(config, {
      className: `${json.model_type === 'xlm-roberta' ? 'XLMRoberta' : 'Roberta'}ForSequenceClassification`,
      prefix: 'roberta',
      longest,
      types: types > 1 ? types : 0, // published models have one type, and their tokenizers return none
      padding: pad,
      head: readHead(json, HEAD),
      headDrops: HEAD.map(path => `${path}.dropout`),
      locate: (positions, ids) => embed(positions, positionsOf(ids, config), pad),
      classify,
    })
  },
}

type RobertaConfig = ReturnType<typeof readConfig>

export function readConfig(json: ModelConfig, options?: LabelOptions) {
  const read = reader(json)
  read.check(json.pad_token_id !== null, 'pad_token_id must be an integer of 0 or more, not null')
  const encoder = readEncoderConfig(json, options)
  const pad = read.count('pad_token_id', 1)
  const longest = encoder.positions - pad - 1
  read.check(
    longest > 0,
    `max_position_embeddings must be above pad_token_id + 1 = ${pad + 1}, not ${encoder.positions}`,
  )
  return {...encoder, pad, longest}
}

/** Initialized where a checkpoint has none: the published ones are language models. */
const HEAD = ['classifier.dense', 'classifier.out_proj']

function classify(scope: Scope): Layer {
  const [dense, classifier] = HEAD.map(path => dropped(scope.at(path)))
  return first => classifier(tf.tanh(dense(first))) // (B, C) → (B, L)
}

/** The positions of tokens, (B, T): their count from `pad` + 1 on, in which padding does not count; `pad` at padding. */
function positionsOf(ids: Tensor2D, {pad, longest}: RobertaConfig): Tensor2D {
  const [, T] = ids.shape
  if (T > longest) throw tooLong(T, longest)
  const [one, padding] = [1, pad].map(value => tf.scalar(value, 'int32'))
  const real = tf.sub(one, tf.cast(tf.equal(ids, padding), 'int32'))
  return tf.add(tf.mul(tf.cumsum(real, 1), real), padding)
}
