import {Fault} from '../engine/fault.ts'
import type {Named, Shape} from '../engine/program.ts'
import type {Random} from '../tensor/random.ts'
import * as tf from '../tensor/tf.ts'
import type {Adapter, Factors} from './adapter.ts'
import {affinity, type TopK} from './affinity.ts'
import {core, coreWidth} from './core.ts'
import {cheapest, type Formulation} from './formulation.ts'
import {
  bandedPlaces,
  countPlaces,
  distinctPlaces,
  type Pattern,
  type Places,
  randomPlaces,
  topPlaces,
} from './pattern.ts'
import {truncate} from './truncate.ts'

export interface Svft {
  readonly pattern: Pattern
  /** d, the off-diagonals on each side of a band; random and top-k get as many numbers, plain has none. */
  readonly diagonals?: number
  /** Keep this many singular values and drop the rest of W. */
  readonly rank?: number
  /** M is multiplied by sigmoid(g), g trainable from 0: in the official code, not in the paper. */
  readonly gate?: boolean
  /** `kaiming`: N(0, 2/k), as the official code starts; `zeros`: W′ starts as W. */
  readonly init?: 'kaiming' | 'zeros'
  /** Whether random may draw a place twice, as the official code does. */
  readonly sampling?: 'replacement' | 'distinct'
  readonly topk?: TopK
  /** Left out, the cheapest for the rows of x. */
  readonly formulation?: Formulation
}

/**
 * SVFT, Lingam et al. 2024, equation 1. W′ = U (Σ + sigmoid(g) M) Vᵀ; U (out, n), Σ (n) and Vᵀ (n, in) are W's thin
 * singular value decomposition, frozen. M (n, n) has k trainable numbers, at the places of its pattern (section 3.1).
 */
export function svft(options: Svft): Adapter<'u' | 's_pre' | 'v' | 's_row' | 's_col', string> {
  const {pattern, diagonals = 0, rank = Infinity, gate = true, init = 'kaiming', topk = 'code', formulation} = options
  const d = pattern === 'plain' ? 0 : diagonals
  if (pattern === 'topk' && rank < Infinity) {
    throw new Fault('recipe', `svft topk compares whole singular vectors and cannot be truncated to rank: ${rank}`)
  }

  function sizes([out, into]: readonly [out: number, into: number]) {
    if (pattern === 'topk' && topk === 'paper' && out !== into) {
      throw new Fault('recipe', `svft topk by the paper's rule needs a square weight: ${out} × ${into}`)
    }
    const n = Math.min(rank, out, into)
    return {n, k: countPlaces(pattern, n, d)}
  }

  const gated = <T>(s: T, g: T): Record<string, T> => (gate ? {s, gate: g} : {s})

  const middle = (at: Named<tf.Tensor>) => {
    const m = gate ? tf.mul(at.s, tf.sigmoid(at.gate)) : at.s
    return core(m, at, {pattern, d})
  }
  const merge = (at: Named<tf.Tensor>): tf.Tensor2D => {
    const [out, n] = at.u.shape
    return tf.matMul(middle(at).times(tf.reshape(at.u, [out, n]), {transposed: false}), at.v)
  }

  return {
    shapes([out, into]) {
      const {n, k} = sizes([out, into])
      const frozen = {u: [out, n], s_pre: [n], v: [n, into], s_row: [k], s_col: [k]}
      return {frozen, trainable: gated<Shape>([k], [1])}
    },

    async init(origin, random) {
      const {n, k} = sizes(origin.shape)
      const factors = await truncate(await origin.factors(), n)
      const {rows, columns} = await places(options, {n, k, factors, random: random.fork('pattern')})
      const draw = random.fork('s')
      const s = new Float32Array(k)
      if (init === 'kaiming') for (let q = 0; q < k; q++) s[q] = draw.normal() * Math.sqrt(2 / k)
      return {
        frozen: {
          u: factors.u,
          s_pre: factors.s,
          v: factors.v,
          s_row: {dtype: 'int32', shape: [k], at: {data: rows}},
          s_col: {dtype: 'int32', shape: [k], at: {data: columns}},
        },
        trainable: gated(s, Float32Array.of(0)),
      }
    },

    forward(x, at) {
      const [rows, into] = x.shape
      const [out, n] = at.u.shape
      const choice = formulation ?? cheapest({rows, out, into, n, width: coreWidth(pattern, n, d)})
      if (choice === 'merged') return tf.matMul(x, merge(at), false, true)
      const h: tf.Tensor2D = tf.matMul(x, at.v, false, true) // (N, n)
      return tf.matMul(middle(at).times(h, {transposed: true}), at.u, false, true)
    },

    merge,
  }
}

interface Room {
  readonly n: number
  readonly k: number
  readonly factors: Factors
  readonly random: Random
}

async function places({pattern, diagonals = 0, sampling, topk = 'code'}: Svft, room: Room): Promise<Places> {
  const {n, k, factors, random} = room
  if (pattern === 'plain') return bandedPlaces(n, 0)
  if (pattern === 'banded') return bandedPlaces(n, diagonals)
  if (pattern === 'random') return sampling === 'distinct' ? distinctPlaces(n, k, random) : randomPlaces(n, k, random)
  return topPlaces(await affinity(topk, factors), n, k)
}
