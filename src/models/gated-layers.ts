// The layers of a block in the form of LLaMA: grouped-query attention with rotary positions, and a gated MLP.
// Shapes: B batch, T tokens, C hidden size, H heads, K key/value heads, D head size.
import {type AttentionScores, attendCausal, type PastKeyValues} from '../tensor/attention.ts'
import {type Tensor, tf} from '../tensor/tf.ts'
import {type Layer, linear, mergeHeads, splitHeads} from './layers/layers.ts'
import type {Scope} from './layers/scope.ts'
import type {Rotate} from './rotation.ts'

interface AttentionConfig {
  readonly heads: number
  readonly kvHeads: number
  readonly headSize: number
  readonly normEps: number
}

/** What a norm of queries or keys spans: the entries of one head, or of all heads together. */
export type QkNorm = 'each head' | 'all heads'

interface AttentionParts {
  /** Whether queries, keys and values are one layer. */
  readonly fused?: boolean | undefined
  readonly qkNorm?: QkNorm | undefined
  /** Builds the norms of queries and keys. */
  readonly norm: (scope: Scope, eps: number) => Layer
  /** The number of last tokens that a token attends to; default: all. */
  readonly window?: number | undefined
  readonly scores?: AttentionScores | undefined
}

/** Attention in which H / K query heads share a key head: x (B, T, C) → y (B, T, C). */
export function groupedAttention(
  scope: Scope,
  config: AttentionConfig,
  {fused, qkNorm, window, scores, ...parts}: AttentionParts,
) {
  const {heads, kvHeads, normEps} = config
  const project = fused ? fusedProjections(scope, config) : projections(scope)
  const o = linear(scope.at('o_proj'))
  const split = (count: number, name: string): Layer => {
    if (!qkNorm) return x => splitHeads(x, count)
    const norm = parts.norm(scope.at(name), normEps)
    return qkNorm === 'each head' ? x => norm(splitHeads(x, count)) : x => splitHeads(norm(x), count)
  }
  const [splitQueries, splitKeys] = [split(heads, 'q_norm'), split(kvHeads, 'k_norm')]
  const dropout = scope.at('dropout').activeDropout()

  return (x: Tensor, rotate: Rotate, mask?: Tensor, past?: PastKeyValues) => {
    const [q, k, v] = project(x)
    const queries = rotate(splitQueries(q())) // (B, H, T, D)
    const keys = rotate(splitKeys(k())) // (B, K, T, D)
    const values = splitHeads(v(), kvHeads)
    const mixed = attendCausal({q: queries, k: keys, v: values}, {past, window, mask, dropout, ...scores})
    return {y: o(mergeHeads(mixed)), keys, values}
  }
}

/** Computes queries (B, T, H · D), keys and values (B, T, K · D) of x, each when it is called. */
type Projections = (x: Tensor) => readonly [q: () => Tensor, k: () => Tensor, v: () => Tensor]

function projections(scope: Scope): Projections {
  const q = linear(scope.at('q_proj'))
  const k = linear(scope.at('k_proj'))
  const v = linear(scope.at('v_proj'))
  return x => [() => q(x), () => k(x), () => v(x)]
}

function fusedProjections(scope: Scope, {heads, kvHeads, headSize}: AttentionConfig): Projections {
  const qkv = linear(scope.at('qkv_proj'))
  const sizes = [heads, kvHeads, kvHeads].map(count => count * headSize)
  return x => {
    const [q, k, v] = tf.split(qkv(x), sizes, -1)
    return [() => q, () => k, () => v]
  }
}

/** D (act(G x) · U x) */
export function gatedMlp(scope: Scope, activate: Layer): Layer {
  const gate = linear(scope.at('gate_proj'))
  const up = linear(scope.at('up_proj'))
  const down = linear(scope.at('down_proj'))
  return x => down(tf.mul(activate(gate(x)), up(x)))
}

/** `gatedMlp` with gate and up as one layer. */
export function fusedMlp(scope: Scope, activate: Layer): Layer {
  const gateUp = linear(scope.at('gate_up_proj'))
  const down = linear(scope.at('down_proj'))
  return x => {
    const [gate, up] = tf.split(gateUp(x), 2, -1)
    return down(tf.mul(activate(gate), up))
  }
}
