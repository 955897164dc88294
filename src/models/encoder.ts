// The blocks of BERT's form, and the parts that other encoders share with it.
// Shapes: B batch, Q and T tokens, C hidden size, F intermediate size, H heads, D head size.
import type {Shape} from '../engine/program.ts'
import {attention as attend} from '../tensor/attention.ts'
import {type Tensor, tf} from '../tensor/tf.ts'
import {type ModelConfig, reader} from './config.ts'
import {ACTIVATION_NAMES, ACTIVATIONS} from './layers/activations.ts'
import {layerNorm, linear, mergeHeads, splitHeads, type TokensToOutput, takeTokens} from './layers/layers.ts'
import {type DropoutSite, type Scope, weightAndBias} from './layers/scope.ts'

/** The linear layers of a block. */
export const ENCODER_LINEARS = {
  Q: 'attention.self.query',
  K: 'attention.self.key',
  V: 'attention.self.value',
  O: 'attention.output.dense',
  U: 'intermediate.dense',
  D: 'output.dense',
} as const

type EncoderConfig = ReturnType<typeof readEncoderConfig>

/** Reads the keys that all models of this form have. */
export function readEncoderConfig(json: ModelConfig) {
  const read = reader(json)
  const hiddenSize = read.integer('hidden_size')
  const heads = read.integer('num_attention_heads')
  read.check(hiddenSize % heads === 0, `hidden_size must be a multiple of ${heads} heads, not ${hiddenSize}`)
  read.oneOf('position_embedding_type', ['absolute'], 'absolute')
  read.check(!read.boolean('is_decoder', false), 'is_decoder must be false: decoders are not supported')
  const hidden = read.rate('hidden_dropout_prob', 0.1)
  return {
    hiddenSize,
    intermediateSize: read.integer('intermediate_size'),
    layers: read.integer('num_hidden_layers'),
    heads,
    vocabulary: read.integer('vocab_size'),
    types: read.integer('type_vocab_size', 2),
    positions: read.integer('max_position_embeddings', 512),
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'gelu'),
    normEps: read.number('layer_norm_eps', 1e-12),
    dropout: {
      hidden,
      attention: read.rate('attention_probs_dropout_prob', 0.1),
      classifier: read.rate('classifier_dropout', hidden),
    },
  }
}

/** The names and shapes of the tensors below `path`, the module of embeddings and blocks. */
export function encoderShapes(path: string, config: EncoderConfig): Record<string, Shape> {
  const {hiddenSize: C, intermediateSize: F} = config
  const all: Record<string, Shape> = {
    [`${path}.embeddings.word_embeddings.weight`]: [config.vocabulary, C],
    [`${path}.embeddings.position_embeddings.weight`]: [config.positions, C],
    [`${path}.embeddings.token_type_embeddings.weight`]: [config.types, C],
  }
  const pair = (path: string, ...weight: number[]) => Object.assign(all, weightAndBias(path, ...weight))
  pair(`${path}.embeddings.LayerNorm`, C)
  for (let i = 0; i < config.layers; i++) {
    const layer = `${path}.encoder.layer.${i}`
    for (const name of ['query', 'key', 'value']) pair(`${layer}.attention.self.${name}`, C, C)
    pair(`${layer}.attention.output.dense`, C, C)
    pair(`${layer}.attention.output.LayerNorm`, C)
    pair(`${layer}.intermediate.dense`, F, C)
    pair(`${layer}.output.dense`, C, F)
    pair(`${layer}.output.LayerNorm`, C)
  }
  return all
}

/** The dropout layers below `path`, while training on B × T tokens. */
export function encoderDrops(
  path: string,
  {dropout, ...config}: EncoderConfig,
  [B, T]: readonly [number, number],
): Record<string, DropoutSite> {
  const {hiddenSize: C, heads: H} = config
  const all: Record<string, DropoutSite> = {[`${path}.embeddings.dropout`]: {rate: dropout.hidden, shape: [B * T, C]}}
  for (let i = 0; i < config.layers; i++) {
    const layer = `${path}.encoder.layer.${i}`
    const read = i === config.layers - 1 ? 1 : T // the last block computes the first token only
    const hidden: DropoutSite = {rate: dropout.hidden, shape: [B * read, C]}
    all[`${layer}.attention.self.dropout`] = {rate: dropout.attention, shape: [B * H * read, T]}
    all[`${layer}.attention.output.dropout`] = hidden
    all[`${layer}.output.dropout`] = hidden
  }
  return all
}

/** Applies the blocks below `scope`, the last of which computes the tokens `output`: x (B, T, C) → (B, Q, C). */
export function encoderBlocks(scope: Scope, config: EncoderConfig, output: TokensToOutput) {
  const layers = Array.from({length: config.layers}, (_, i) => scope.at('encoder').at('layer').at(i))
  const blocks = layers.map((layer, i) =>
    layer.block(scope => {
      const run = block(scope, config, i === layers.length - 1 ? output : 'all')
      return (x, mask) => run(x, mask)
    }),
  )
  return (x: Tensor, mask: Tensor) => blocks.reduce((h, next) => next(h, mask), x)
}

function block(scope: Scope, config: EncoderConfig, output: TokensToOutput) {
  const mix = attention(scope.at('attention').at('self'), config.heads)
  const mixed = residual(scope.at('attention').at('output'), config.normEps)
  const up = linear(scope.at('intermediate').at('dense'))
  const act = ACTIVATIONS[config.activation]
  const down = residual(scope.at('output'), config.normEps)

  return (x: Tensor, mask: Tensor) => {
    const queried = takeTokens(x, output)
    const h = mixed(mix(queried, x, mask), queried)
    return down(act(up(h)), h)
  }
}

/** Attention of the tokens `x` (B, Q, C) to the tokens `all` (B, T, C) → (B, Q, C). */
export function attention(scope: Scope, heads: number) {
  const q = linear(scope.at('query'))
  const k = linear(scope.at('key'))
  const v = linear(scope.at('value'))
  const dropout = scope.at('dropout').dropout()

  return (x: Tensor, all: Tensor, mask?: Tensor) => {
    const queries = splitHeads(q(x), heads) // (B, H, Q, D)
    const [keys, values] = [k, v].map(project => splitHeads(project(all), heads)) // (B, H, T, D)
    return mergeHeads(attend(queries, keys, values, {mask, dropout}))
  }
}

/** norm(x + drop(W y)) */
export function residual(scope: Scope, normEps: number) {
  const project = linear(scope.at('dense'))
  const drop = scope.at('dropout').dropout()
  const norm = layerNorm(scope.at('LayerNorm'), normEps)
  return (y: Tensor, x: Tensor) => norm(tf.add(x, drop(project(y))))
}
