// RoBERTa (Liu et al. 2019) and XLM-R (Conneau et al. 2020): BERT's blocks, with positions that are counted from the padding
// token's id and a classifier of two layers, as RobertaForSequenceClassification.
// Shapes: B batch, T tokens, C hidden size, V vocabulary, P positions, L labels.
import {Fault} from '../base/fault.ts'
import type {Shape} from '../engine/program.ts'
import {type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import type {SequenceClassifier} from './classifier.ts'
import {type LabelOptions, type ModelConfig, reader, readHead, readLabels} from './config.ts'
import {ENCODER_LINEARS, encoderBlocks, encoderDrops, encoderShapes, readEncoderConfig} from './encoder.ts'
import {embed, firstTokens, layerNorm, linear, paddingMask, type TokensToOutput} from './layers/layers.ts'
import {activeSites, type DropoutSite, type Scope, weightAndBias} from './layers/scope.ts'
import type {Architecture} from './model.ts'

export const roberta: Architecture = {
  linears: ENCODER_LINEARS,
  open(json, options) {
    const config = readConfig(json, options)
    const {labels, vocabulary, longest, types} = config
    return {
      task: 'sequence-classification',
      labels,
      vocabulary,
      longest,
      types: types > 1 ? types : 0, // published models have one type, and their tokenizers return none
      shapes: shapes(config),
      prefix: 'roberta',
      head: readHead(json, HEAD),
      drops: (B, T) => activeSites(drops(config, B, T)),
      rows: (B, T) => [B * T, B],
      build: scope => build(scope, config),
    }
  },
}

type RobertaConfig = ReturnType<typeof readConfig>

export function readConfig(json: ModelConfig, options?: LabelOptions) {
  const read = reader(json)
  read.check(json.pad_token_id !== null, 'pad_token_id must be an integer of 0 or more, not null')
  const encoder = readEncoderConfig(json)
  const pad = read.count('pad_token_id', 1)
  const longest = encoder.positions - pad - 1
  read.check(
    longest > 0,
    `max_position_embeddings must be above pad_token_id + 1 = ${pad + 1}, not ${encoder.positions}`,
  )
  return {...encoder, pad, longest, labels: readLabels(json, options)}
}

/** The names and shapes of a checkpoint's tensors. */
const shapes = (config: RobertaConfig): Record<string, Shape> => ({
  ...encoderShapes('roberta', config),
  ...weightAndBias('classifier.dense', config.hiddenSize, config.hiddenSize),
  ...weightAndBias('classifier.out_proj', config.labels, config.hiddenSize),
})

/** Initialised where a checkpoint has none: the published ones are language models. */
const HEAD = ['classifier.dense', 'classifier.out_proj']

/** The dropout layers, while training on B × T tokens. */
function drops(config: RobertaConfig, B: number, T: number): Record<string, DropoutSite> {
  const site: DropoutSite = {rate: config.dropout.classifier, shape: [B, config.hiddenSize]}
  return {
    ...encoderDrops('roberta', config, [B, T]),
    'classifier.dense.dropout': site,
    'classifier.out_proj.dropout': site,
  }
}

function build(scope: Scope, config: RobertaConfig): SequenceClassifier {
  const model = scope.at('roberta')

  const read = (output: TokensToOutput, ids: Tensor2D, real: Tensor2D, types?: Tensor2D): Tensor =>
    encoderBlocks(model, config, output)(embeddings(model.at('embeddings'), config)(ids, types), paddingMask(real))

  return {
    hidden: (ids, real, types) => read('all', ids, real, types),
    logits(ids, real, types) {
      const dense = dropped(scope.at('classifier').at('dense'))
      const classify = dropped(scope.at('classifier').at('out_proj'))
      const h = firstTokens(read('first', ids, real, types)) // (B, C)
      return classify(tf.tanh(dense(h))) as Tensor2D // (B, L)
    },
  }
}

/** A linear layer whose input is dropped out. */
function dropped(scope: Scope) {
  const [drop, project] = [scope.at('dropout').dropout(), linear(scope)]
  return (x: Tensor) => project(drop(x))
}

function embeddings(scope: Scope, config: RobertaConfig) {
  const words = scope.at('word_embeddings').matrix('weight') // (V, C)
  const positions = scope.at('position_embeddings').matrix('weight') // (P, C)
  const tokenTypes = scope.at('token_type_embeddings').matrix('weight')
  const norm = layerNorm(scope.at('LayerNorm'), config.normEps)
  const drop = scope.at('dropout').dropout()

  return (ids: Tensor2D, types?: Tensor2D) => {
    const type =
      types && config.types > 1 ? embed(tokenTypes, types) : tf.slice(tokenTypes, [0, 0], [1, config.hiddenSize])
    const sum = tf.add(embed(words, ids, config.pad), type)
    return drop(norm(tf.add(sum, embed(positions, positionsOf(ids, config), config.pad)))) // (B, T, C)
  }
}

/** The positions of tokens, (B, T): their count from `pad` + 1 on, in which padding does not count; `pad` at padding. */
function positionsOf(ids: Tensor2D, {pad, longest}: RobertaConfig): Tensor2D {
  const [, T] = ids.shape
  if (T > longest) throw new Fault('input', `the model reads texts of at most ${longest} tokens, not ${T}`)
  const [one, padding] = [1, pad].map(value => tf.scalar(value, 'int32'))
  const real = tf.sub(one, tf.cast(tf.equal(ids, padding), 'int32'))
  return tf.add(tf.mul(tf.cumsum(real, 1), real), padding)
}
