import {Fault} from '../../base/fault.ts'
import type {Random} from '../../tensor/random.ts'
import * as tf from '../../tensor/tf.ts'
import {type Adapter, type Factors, float, int, type ModuleTensors} from '../adapter.ts'
import {affinity, type TopK} from './affinity.ts'
import {cheapest, type Formulation} from './formulation.ts'
import {
  bandedPositions,
  countEntries,
  distinctPositions,
  type EntryPositions,
  type MatrixSize,
  type Pattern,
  randomPositions,
  topPositions,
} from './pattern.ts'
import {core, coreWidth} from './project.ts'
import {truncate} from './truncate.ts'

export interface SvftSettings {
  readonly pattern: Pattern
  /** d, the diagonals on each side of a band's main one; random and top-k have as many entries, plain has none. */
  readonly diagonals?: number
  /** Keep this many singular values and drop the rest of W. */
  readonly rank?: number
  /** `full`: M is out × in, between square U and V, as the paper writes it; `thin`: n × n, as the official code has it. */
  readonly basis?: 'thin' | 'full'
  /** M is multiplied by sigmoid(g), g trainable from 0: in the official code, not in the paper. */
  readonly gate?: boolean
  /** `kaiming`: N(0, 2/k), as the official code starts; `zeros`: W′ starts as W. */
  readonly init?: 'kaiming' | 'zeros'
  /** `replacement`: random may draw a position twice, as the official code does. */
  readonly sampling?: 'replacement' | 'distinct'
  readonly topk?: TopK
  /** Default: the cheapest for the rows of x. */
  readonly formulation?: Formulation
}

type Frozen = 'u' | 'sigma' | 'v' | 'm_row' | 'm_col'
type SvftTensors = ModuleTensors<Frozen | 'm', 'gate'>

/** SVFT as svft.ts defines it. */
export function buildSvft(options: SvftSettings): Adapter<Frozen, 'm', 'gate'> {
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
    return {n, area, k: countEntries(pattern, area, d)}
  }

  const middle = (at: SvftTensors) => {
    const m = at.gate ? tf.mul(at.m, tf.sigmoid(at.gate)) : at.m
    const [[, left], [right]] = [at.u.shape, at.v.shape]
    return core({...at, m}, {pattern, d, area: [left, right]})
  }
  const merge = (at: SvftTensors): tf.Tensor2D => {
    const [out, left] = at.u.shape
    return tf.matMul(middle(at).times(tf.reshape(at.u, [out, left]), {transposed: false}), at.v)
  }

  return {
    shapes([out, into]) {
      const {n, area, k} = sizes([out, into])
      const [left, right] = area
      const frozen = {u: float(out, left), sigma: float(n), v: float(right, into), m_row: int(k), m_col: int(k)}
      return {frozen, trainable: gate ? {m: float(k), gate: float(1)} : {m: float(k)}}
    },

    async init(origin, random) {
      const {n, area, k} = sizes(origin.shape)
      const factors = await complete(await truncate(await origin.factors(), n), area)
      const {rows, columns} = await drawPositions(options, {area, k, factors, random: random.fork('pattern')})
      const draw = random.fork('s') // M's seed
      const m = new Float32Array(k)
      if (init === 'kaiming') for (let q = 0; q < k; q++) m[q] = draw.normal() * Math.sqrt(2 / k)
      return {
        frozen: {
          u: factors.u,
          sigma: factors.sigma,
          v: factors.v,
          m_row: {dtype: 'int32', shape: [k], at: {data: rows}},
          m_col: {dtype: 'int32', shape: [k], at: {data: columns}},
        },
        trainable: gate ? {m, gate: Float32Array.of(0)} : {m},
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
    fileNames: {sigma: 's_pre', m: 's', m_row: 's_row', m_col: 's_col'},
  }
}

/** Adds singular vectors where the pattern reads more than the thin factors have. */
async function complete(factors: Factors, area: MatrixSize): Promise<Factors> {
  if (factors.u.shape[1] >= area[0] && factors.v.shape[0] >= area[1]) return factors
  const {completeBasis} = await import('./complete-basis.ts') // which loads onnxruntime
  return completeBasis(factors, area)
}

/** The part of M, of the given size, that holds the entries of the pattern and of Σ. */
function areaOf(pattern: Pattern, [rows, columns]: MatrixSize, d: number): MatrixSize {
  const n = Math.min(rows, columns)
  if (pattern === 'plain') return [n, n]
  return pattern === 'banded' ? [Math.min(rows, n + d), Math.min(columns, n + d)] : [rows, columns]
}

interface PatternSource {
  readonly area: MatrixSize
  readonly k: number
  readonly factors: Factors
  readonly random: Random
}

async function drawPositions(
  {pattern, diagonals = 0, sampling, topk = 'code'}: SvftSettings,
  source: PatternSource,
): Promise<EntryPositions> {
  const {area, k, factors, random} = source
  if (pattern === 'plain') return bandedPositions(area, 0)
  if (pattern === 'banded') return bandedPositions(area, diagonals)
  if (pattern === 'random')
    return sampling === 'distinct' ? distinctPositions(area, k, random) : randomPositions(area, k, random)
  return topPositions(await affinity(topk, factors), area[0], k)
}
