// BERT (Devlin et al. 2019) as BertForSequenceClassification.
// Shapes: B batch, T tokens, C hidden size, V vocabulary, L labels.
import type {Shape} from '../engine/program.ts'
import {type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import type {SequenceClassifier} from './classifier.ts'
import {type LabelOptions, type ModelConfig, readHead, readLabels, readPadding} from './config.ts'
import {ENCODER_LINEARS, encoderBlocks, encoderDrops, encoderShapes, readEncoderConfig} from './encoder.ts'
import {embed, firstRows, firstTokens, layerNorm, linear, paddingMask, type TokensToOutput} from './layers/layers.ts'
import {activeSites, type DropoutSite, type Scope, weightAndBias} from './layers/scope.ts'
import type {Architecture} from './model.ts'

export const bert: Architecture = {
  linears: ENCODER_LINEARS,
  open(json, options) {
    const config = readConfig(json, options)
    const {labels, vocabulary, positions: longest, types} = config
    return {
      task: 'sequence-classification',
      labels,
      vocabulary,
      longest,
      types,
      shapes: shapes(config),
      prefix: 'bert',
      head: readHead(json, HEAD),
      drops: (B, T) => activeSites(drops(config, B, T)),
      rows: (B, T) => [B * T, B],
      build: scope => build(scope, config),
    }
  },
}

type BertConfig = ReturnType<typeof readConfig>

const readConfig = (json: ModelConfig, options?: LabelOptions) => ({
  ...readEncoderConfig(json),
  padding: readPadding(json, 0),
  labels: readLabels(json, options),
})

/** The names and shapes of a checkpoint's tensors. */
const shapes = (config: BertConfig): Record<string, Shape> => ({
  ...encoderShapes('bert', config),
  ...weightAndBias('bert.pooler.dense', config.hiddenSize, config.hiddenSize),
  ...weightAndBias('classifier', config.labels, config.hiddenSize),
})

/** Initialised where a checkpoint has none; published checkpoints of BERT have the pooler. */
const HEAD = ['bert.pooler.dense', 'classifier']

/** The dropout layers, while training on B × T tokens. */
const drops = (config: BertConfig, B: number, T: number): Record<string, DropoutSite> => ({
  ...encoderDrops('bert', config, [B, T]),
  dropout: {rate: config.dropout.classifier, shape: [B, config.hiddenSize]},
})

function build(scope: Scope, config: BertConfig): SequenceClassifier {
  const bert = scope.at('bert')

  const read = (output: TokensToOutput, ids: Tensor2D, real: Tensor2D, types?: Tensor2D): Tensor =>
    encoderBlocks(bert, config, output)(embeddings(bert.at('embeddings'), config)(ids, types), paddingMask(real))

  return {
    hidden: (ids, real, types) => read('all', ids, real, types),
    logits(ids, real, types) {
      const pool = linear(bert.at('pooler').at('dense'))
      const drop = scope.at('dropout').dropout()
      const classify = linear(scope.at('classifier'))
      const pooled = tf.tanh(pool(firstTokens(read('first', ids, real, types)))) // (B, C)
      return classify(drop(pooled)) as Tensor2D // (B, L)
    },
  }
}

function embeddings(scope: Scope, config: BertConfig) {
  const words = scope.at('word_embeddings').matrix('weight') // (V, C)
  const positions = scope.at('position_embeddings').matrix('weight')
  const tokenTypes = scope.at('token_type_embeddings').matrix('weight')
  const norm = layerNorm(scope.at('LayerNorm'), config.normEps)
  const drop = scope.at('dropout').dropout()

  return (ids: Tensor2D, types?: Tensor2D) => {
    const [, T] = ids.shape
    const C = config.hiddenSize
    const type = types ? embed(tokenTypes, types) : tf.slice(tokenTypes, [0, 0], [1, C])
    const sum = tf.add(tf.add(embed(words, ids, config.padding), type), firstRows(positions, T)) // (B, T, C)
    return drop(norm(sum))
  }
}
