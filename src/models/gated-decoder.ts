// The form of LLaMA, which Gemma and Qwen share: grouped-query attention with rotary positions, and a gated MLP.
// Shapes: B batch, T tokens, C hidden size, F intermediate size, H heads, K key/value heads, D head size, V vocabulary.
import type {Shape} from '../engine/program.ts'
import type {AttentionScores} from '../tensor/attention.ts'
import {type Tensor, tf} from '../tensor/tf.ts'
import type {CheckpointLayout} from '../weights/names.ts'
import {type CacheShape, causalLM, type DecoderBlock} from './causal-lm.ts'
import {type ModelConfig, reader, readPadding} from './config.ts'
import {fusedMlp, gatedMlp, groupedAttention, type QkNorm} from './gated-layers.ts'
import {ACTIVATIONS, type Activation} from './layers/activations.ts'
import {embed, type Layer, rmsNorm} from './layers/layers.ts'
import {type Rope, type RopeKeys, readRope} from './layers/rope-config.ts'
import {rotaryOf, rotaryOfLayers} from './layers/rotary.ts'
import {activeSites, type DropoutSite, type Scope, weightAndBias} from './layers/scope.ts'
import {type SlidingWindow, windowOf} from './layers/sliding-window.ts'
import type {CausalModel, InitialValues} from './model.ts'

/** The linear layers of a block. */
export const GATED_LINEARS = {
  Q: 'self_attn.q_proj',
  K: 'self_attn.k_proj',
  V: 'self_attn.v_proj',
  O: 'self_attn.o_proj',
  G: 'mlp.gate_proj',
  U: 'mlp.up_proj',
  D: 'mlp.down_proj',
} as const

/** The linear layers of a block that computes queries, keys and values in one product, and gate and up in another. */
export const FUSED_LINEARS = {
  QKV: 'self_attn.qkv_proj',
  O: 'self_attn.o_proj',
  GU: 'mlp.gate_up_proj',
  D: 'mlp.down_proj',
} as const

const LINEARS = {...GATED_LINEARS, ...FUSED_LINEARS}

/** The names of a block's norms: of what attention and the MLP read, and of what they write. */
interface NormNames {
  readonly attentionInput?: string
  readonly attentionOutput?: string
  readonly mlpInput?: string
  readonly mlpOutput?: string
}

const NORMS = {
  before: {attentionInput: 'input_layernorm', mlpInput: 'post_attention_layernorm'},
  after: {attentionOutput: 'post_attention_layernorm', mlpOutput: 'post_feedforward_layernorm'},
  around: {
    attentionInput: 'input_layernorm',
    attentionOutput: 'post_attention_layernorm',
    mlpInput: 'pre_feedforward_layernorm',
    mlpOutput: 'post_feedforward_layernorm',
  },
} satisfies Record<string, NormNames>

/** The values of keys that a config.json lacks. */
interface GatedDefaults {
  readonly kvHeads: number
  readonly headSize: number
  /** Whether the head shares the embedding; default: no. */
  readonly tied?: boolean
  /** The id of the padding token; default: none. */
  readonly padding?: number
  readonly rope?: RopeKeys
}

type GatedConfig = ReturnType<typeof readGatedConfig>

/** The keys of a model, with those that not all models of this form read alike. */
interface GatedModelConfig extends GatedConfig {
  readonly activation: Activation
  readonly window?: SlidingWindow | undefined
}

/** Reads the keys that all models of this form have. */
export function readGatedConfig(json: ModelConfig, defaultsOf: (hiddenSize: number, heads: number) => GatedDefaults) {
  const read = reader(json)
  const hiddenSize = read.integer('hidden_size')
  const heads = read.integer('num_attention_heads')
  const defaults = defaultsOf(hiddenSize, heads)
  const kvHeads = read.integer('num_key_value_heads', defaults.kvHeads)
  const headSize = read.integer('head_dim', defaults.headSize)
  read.check(heads % kvHeads === 0, `num_attention_heads must be a multiple of ${kvHeads} key heads, not ${heads}`)
  read.check(headSize % 2 === 0, `head_dim must be even, not ${headSize}`)
  return {
    hiddenSize,
    intermediateSize: read.integer('intermediate_size'),
    layers: read.integer('num_hidden_layers'),
    heads,
    kvHeads,
    headSize,
    vocabulary: read.integer('vocab_size'),
    normEps: read.positive('rms_norm_eps', 1e-6),
    rope: readRope(json, headSize, defaults.rope),
    tied: read.boolean('tie_word_embeddings', defaults.tied ?? false),
    padding: readPadding(json, defaults.padding),
    attentionDropout: read.rate('attention_dropout', 0),
  }
}

/** The parts in which the models of this form differ. */
interface GatedParts {
  readonly initial?: InitialValues
  /** The linear layers that have a bias, by their letters; default: none. */
  readonly biased?: string
  /** Builds the norms of the blocks, and that before the head; default: RMS norms. */
  readonly norm?: (scope: Scope, eps: number) => Layer
  /** Whether the norms of a block stand before attention and the MLP, after them, or around them; default: before. */
  readonly norms?: keyof typeof NORMS
  /** Whether queries, keys and values are one layer, and gate and up another. */
  readonly fused?: boolean
  /** How a layer rotates, if at all; default: all as the config says. */
  readonly ropeOf?: (layer: number) => Rope | undefined
  /** What the norms of queries and keys span; default: there are none. */
  readonly qkNorm?: QkNorm
  /** The factor of the embedding for the blocks; a head that shares the embedding reads it without. */
  readonly embeddingScale?: number
  /** The scale and the cap of attention's scores. */
  readonly scores?: AttentionScores
  /** The dropout rate of what attention and the MLP add to their inputs; default: 0. */
  readonly residualDropout?: number
  /** The factor of what attention and the MLP add to their inputs; default: 1. */
  readonly residualScale?: number
  /** The factor of what the head reads, and so of the logits; default: 1. */
  readonly headScale?: number
  readonly logitCap?: number | undefined
}

export function gatedModel(config: GatedModelConfig, parts: GatedParts = {}): CausalModel {
  const {layers, kvHeads, headSize, vocabulary, window, rope, tied} = config
  const {norm = rmsNorm, ropeOf} = parts
  const angles = ropeOf ? rotaryOfLayers(Array.from({length: layers}, (_, i) => ropeOf(i))) : rotaryOf(rope)
  const cache: CacheShape = {layers, kvHeads, headSize, vocabulary, window, ...angles}
  return {
    task: 'causal-lm',
    ...gatedLayout(config, parts),
    initial: parts.initial,
    cache,
    drops: (B, T) => activeSites(drops(config, parts, [B, T])),
    build(scope) {
      const model = scope.at('model')
      const embedding = model.at('embed_tokens').matrix('weight') // (V, C)
      const lastNorm = norm(model.at('norm'), config.normEps)
      return causalLM(cache, {
        layers: model.at('layers'),
        block: (scope, layer) => block(scope, config, {...parts, norm, window: windowOf(window, layer)}),
        embedded(ids) {
          return scaled(embed(embedding, ids, config.padding), parts.embeddingScale)
        },
        norm: x => scaled(lastNorm(x), parts.headScale),
        head: tied ? embedding : scope.at('lm_head').matrix('weight'), // (V, C)
        logitCap: parts.logitCap,
      })
    },
  }
}

/** The tensors of a checkpoint. */
function gatedLayout(
  config: GatedConfig,
  {biased = '', norms = 'before', qkNorm, fused}: GatedParts,
): CheckpointLayout {
  const names: NormNames = NORMS[norms]
  const {hiddenSize: C, intermediateSize: F, heads: H, kvHeads: K, headSize: D, vocabulary: V} = config
  const all: Record<string, Shape> = {'model.embed_tokens.weight': [V, C]}
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`
    const linear = (letter: keyof typeof LINEARS, out: number, into: number) => {
      Object.assign(all, weightAndBias(`${layer}.${LINEARS[letter]}`, [out, into], biased.includes(letter)))
    }
    const norm = (name: string | undefined, width = C) => {
      if (name) all[`${layer}.${name}.weight`] = [width]
    }
    norm(names.attentionInput)
    if (fused) linear('QKV', (H + 2 * K) * D, C)
    else {
      linear('Q', H * D, C)
      linear('K', K * D, C)
      linear('V', K * D, C)
    }
    linear('O', C, H * D)
    if (qkNorm) {
      norm('self_attn.q_norm', qkNorm === 'each head' ? D : H * D)
      norm('self_attn.k_norm', qkNorm === 'each head' ? D : K * D)
    }
    norm(names.attentionOutput)
    norm(names.mlpInput)
    norm(names.mlpOutput)
    if (fused) linear('GU', 2 * F, C)
    else {
      linear('G', F, C)
      linear('U', F, C)
    }
    linear('D', C, F)
  }
  all['model.norm.weight'] = [C]
  if (!config.tied) all['lm_head.weight'] = [V, C]
  return {shapes: all, prefix: 'model', tied: {embedding: 'model.embed_tokens.weight', head: 'lm_head.weight'}}
}

/** The dropout layers, while training on B × T tokens. */
function drops(
  {layers, heads, hiddenSize: C, attentionDropout}: GatedConfig,
  {residualDropout = 0}: GatedParts,
  [B, T]: readonly [number, number],
): Record<string, DropoutSite> {
  const all: Record<string, DropoutSite> = {}
  for (let i = 0; i < layers; i++) {
    const layer = `model.layers.${i}`
    all[`${layer}.self_attn.dropout`] = {rate: attentionDropout, shape: [B * heads * T, T]}
    for (const name of ['attn', 'mlp'])
      all[`${layer}.resid_${name}_dropout`] = {rate: residualDropout, shape: [B * T, C]}
  }
  return all
}

interface BlockParts extends Omit<GatedParts, 'norm'>, Required<Pick<GatedParts, 'norm'>> {
  readonly window?: number | undefined
}

function block(scope: Scope, config: GatedModelConfig, parts: BlockParts): DecoderBlock {
  const {norm, norms = 'before', residualScale} = parts
  const names: NormNames = NORMS[norms]
  const normAt = (name: string | undefined): Layer => (name ? norm(scope.at(name), config.normEps) : x => x)
  const norm1 = normAt(names.attentionInput)
  const mix = groupedAttention(scope.at('self_attn'), config, parts)
  const mixed = normAt(names.attentionOutput)
  const norm2 = normAt(names.mlpInput)
  const feed = (parts.fused ? fusedMlp : gatedMlp)(scope.at('mlp'), ACTIVATIONS[config.activation])
  const fed = normAt(names.mlpOutput)
  const [dropMixed, dropFed] = ['attn', 'mlp'].map(name => scope.at(`resid_${name}_dropout`).dropout())

  return (x, rotate, mask, past) => {
    const {y, ...cache} = mix(norm1(x), rotate, mask, past)
    const h = tf.add(x, scaled(dropMixed(mixed(y)), residualScale))
    return {h: tf.add(h, scaled(dropFed(fed(feed(norm2(h)))), residualScale)), cache}
  }
}

/** x times a factor that a model may lack. */
const scaled = (x: Tensor, factor = 1): Tensor => (factor === 1 ? x : tf.mul(x, factor))
