// The parts that the blocks of encoders share. Shapes: B batch, Q and T tokens, C hidden size, H heads, D head size.
import {attention as attend} from '../tensor/attention.ts'
import type {Tensor} from '../tensor/tf.ts'
import * as tf from '../tensor/tf.ts'
import {layerNorm, linear, mergeHeads, splitHeads} from './layers/layers.ts'
import type {Scope} from './layers/scope.ts'

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
