import {Fault} from '../../base/fault.ts'
import type {Named, Shape} from '../../engine/program.ts'
import type {Random} from '../../tensor/random.ts'
import * as tf from '../../tensor/tf.ts'
import type {Adapter, Factors} from '../adapter.ts'
import {affinity, type TopK} from './affinity.ts'
import {completed} from './complete-basis.ts'
import {cheapest, type Formulation} from './formulation.ts'
import {
  bandedPlaces,
  countPlaces,
  distinctPlaces,
  type EntryPositions,
  type MatrixSize,
  type Pattern,
  randomPlaces,
  topPlaces,
} from './pattern.ts'
import {core, coreWidth} from './project.ts'
import {truncate} from './truncate.ts'

export interface Svft {
  readonly pattern: Pattern
  /** d, the off-diagonals on each side of a band; random and top-k get as many numbers, plain has none. */
  readonly diagonals?: number
  /** Keep this many singular values and drop the rest of W. */
  readonly rank?: number
  /** `full`: M is out × in, between square U and V, as the paper writes it; `thin`: n × n, as the official code has it. */
  readonly basis?: 'thin' | 'full'
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
 * With the full basis U (out, out), Vᵀ (in, in) and M (out, in) can express every change of a W that is not square (lemma
 * b); singular vectors that no place of the pattern reads are left out, and a square W has both bases in one.
 */
export function svft(options: Svft): Adapter<'u' | 's_pre' | 'v' | 's_row' | 's_col', string> {
  const {pattern, diagonals = 0, rank = Infinity, gate = true, init = 'kaiming', topk = 'code', formulation} = options
  const full = options.basis === 'full'
  const d = pattern === 'plain' ? 0 : diagonals
  if (pattern === 'topk' && rank < Infinity) {
    throw new Fault('recipe', `svft topk compares whole singular vectors and cannot be truncated to rank: ${rank}`)
  }
  if (full && rank < Infinity) {
    throw new Fault(
      'recipe',
      `svft of the full basis has all singular vectors and cannot be truncated to rank: ${rank}`,
    )
  }

  function sizes([out, into]: readonly [out: number, into: number]) {
    if (pattern === 'topk' && topk === 'paper' && out !== into) {
      throw new Fault(
        'recipe',
        `svft topk by the paper's rule needs a square weight, not ${out} × ${into}; choose other targets, or topk: code`,
        {at: ['adapter', 'topk']},
      )
    }
    if (pattern === 'topk' && full && out !== into) {
      throw new Fault(
        'recipe',
        `svft topk of the full basis compares vectors of one length and needs a square weight, not ${out} × ${into}; ` +
          'choose other targets, or basis: thin',
        {at: ['adapter', 'basis']},
      )
    }
    const n = Math.min(rank, out, into)
    const area = areaOf(pattern, full ? [out, into] : [n, n], d)
    return {n, area, k: countPlaces(pattern, area, d)}
  }

  const gated = <T>(s: T, g: T): Record<string, T> => (gate ? {s, gate: g} : {s})

  const middle = (at: Named<tf.Tensor>) => {
    const m = gate ? tf.mul(at.s, tf.sigmoid(at.gate)) : at.s
    const [[, left], [right]] = [at.u.shape, at.v.shape]
    return core(m, at, {pattern, d, area: [left, right]})
  }
  const merge = (at: Named<tf.Tensor>): tf.Tensor2D => {
    const [out, left] = at.u.shape
    return tf.matMul(middle(at).times(tf.reshape(at.u, [out, left]), {transposed: false}), at.v)
  }

  return {
    shapes([out, into]) {
      const {n, area, k} = sizes([out, into])
      const [left, right] = area
      const frozen = {u: [out, left], s_pre: [n], v: [right, into], s_row: [k], s_col: [k]}
      return {frozen, trainable: gated<Shape>([k], [1])}
    },

    async init(origin, random) {
      const {n, area, k} = sizes(origin.shape)
      const factors = await completed(await truncate(await origin.factors(), n), area)
      const {rows, columns} = await places(options, {area, k, factors, random: random.fork('pattern')})
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
      const [out, left] = at.u.shape
      const [right] = at.v.shape
      const width = coreWidth(pattern, [left, right], d)
      const choice = formulation ?? cheapest({rows, out, into, left, right, width})
      if (choice === 'merged') return tf.matMul(x, merge(at), false, true)
      const h: tf.Tensor2D = tf.matMul(x, at.v, false, true) // (N, right)
      return tf.matMul(middle(at).times(h, {transposed: true}), at.u, false, true)
    },

    merge,
  }
}

/** The rows and columns of M that a pattern has numbers in, of a whole of this size, and those of Σ. */
function areaOf(pattern: Pattern, [rows, columns]: MatrixSize, d: number): MatrixSize {
  const n = Math.min(rows, columns)
  if (pattern === 'plain') return [n, n]
  return pattern === 'banded' ? [Math.min(rows, n + d), Math.min(columns, n + d)] : [rows, columns]
}

interface Room {
  readonly area: MatrixSize
  readonly k: number
  readonly factors: Factors
  readonly random: Random
}

async function places({pattern, diagonals = 0, sampling, topk = 'code'}: Svft, room: Room): Promise<EntryPositions> {
  const {area, k, factors, random} = room
  if (pattern === 'plain') return bandedPlaces(area, 0)
  if (pattern === 'banded') return bandedPlaces(area, diagonals)
  if (pattern === 'random')
    return sampling === 'distinct' ? distinctPlaces(area, k, random) : randomPlaces(area, k, random)
  return topPlaces(await affinity(topk, factors), area[0], k)
}
