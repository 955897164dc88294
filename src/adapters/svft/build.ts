import {Fault} from '../../base/fault.ts'
import type {Stored} from '../../engine/program.ts'
import type {Factors} from '../../linalg/factors.ts'
import {truncate} from '../../linalg/truncate.ts'
import type {Random} from '../../tensor/random.ts'
import {type Tensor2D, tf} from '../../tensor/tf.ts'
import {type Adapter, float, int, type ModuleTensors, type WeightShape} from '../adapter.ts'
import {affinity, type TopK} from './affinity.ts'
import {cheapest, type Formulation} from './formulation.ts'
import {
  bandedPositions,
  countEntries,
  distinctPositions,
  type EntryPositions,
  type MatrixSize,
  type Pattern,
  type PatternSpec,
  positionsDefect,
  randomPositions,
  topPositions,
} from './pattern.ts'
import {core, coreWidth, type ProjectedCore} from './project.ts'

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
export function buildSvft(settings: SvftSettings): Adapter<Frozen, 'm', 'gate'> {
  const {pattern, diagonals = 0, gate = true, formulation} = settings
  const [conflict] = rankConflicts(settings)
  if (conflict) throw new Fault('recipe', conflict.message)
  const d = pattern === 'plain' ? 0 : diagonals

  const specOf = ({u, v}: SvftTensors): PatternSpec => {
    const [[, left], [right]] = [u.shape, v.shape]
    return {pattern, d, area: [left, right]}
  }
  const merge = (at: SvftTensors): Tensor2D =>
    tf.matMul(coreOf(at, specOf(at)).times(at.u as Tensor2D, {transposed: false}), at.v)

  return {
    shapes([out, into]) {
      const {n, area, k} = sizesOf(settings, [out, into])
      const [left, right] = area
      const frozen = {u: float(out, left), sigma: float(n), v: float(right, into), m_row: int(k), m_col: int(k)}
      return {frozen, trainable: gate ? {m: float(k), gate: float(1)} : {m: float(k)}}
    },

    async init(origin, random) {
      const {n, area, k} = sizesOf(settings, origin.shape)
      const factors = await complete(await truncate(await origin.factors(), n), area)
      const {rows, columns} = await drawPositions(settings, {area, k, factors, random: random.fork('pattern')})
      const [m_row, m_col] = [rows, columns].map((data): Stored => ({dtype: 'int32', shape: [k], at: {data}}))
      const m = initialEntries(settings, {k, random: random.fork('s')}) // M's seed
      return {frozen: {...factors, m_row, m_col}, trainable: gate ? {m, gate: Float32Array.of(0)} : {m}}
    },

    forward(x, at) {
      const [rows, into] = x.shape
      const [out] = at.u.shape
      const spec = specOf(at)
      const [left, right] = spec.area
      const choice = formulation ?? cheapest({rows, out, into, left, right, width: coreWidth(spec)})
      if (choice === 'merged') return tf.matMul(x, merge(at), false, true)
      const h: Tensor2D = tf.matMul(x, at.v, false, true) // (N, right)
      return tf.matMul(coreOf(at, spec).times(h, {transposed: true}), at.u, false, true)
    },

    merge,

    async defect(weight, read) {
      const [rows, columns] = await Promise.all([read('m_row'), read('m_col')])
      return positionsDefect({rows, columns}, {pattern, d, area: sizesOf(settings, weight).area})
    },

    fileNames: {sigma: 's_pre', m: 's', m_row: 's_row', m_col: 's_col'},
  }
}

/** C = Σ + sigmoid(g) M. */
function coreOf({sigma, m, m_row, m_col, gate}: SvftTensors, spec: PatternSpec): ProjectedCore {
  return core({sigma, m: gate ? tf.mul(m, tf.sigmoid(gate)) : m, m_row, m_col}, spec)
}

/** Yields the settings that a rank contradicts. */
export function* rankConflicts({pattern, basis, rank}: {[K in 'pattern' | 'basis' | 'rank']?: unknown}) {
  if (rank === undefined) return
  if (pattern === 'topk') {
    const message = 'pattern topk compares all singular vectors and cannot have a rank; leave it out'
    yield {key: 'rank', message}
  }
  if (basis === 'full') {
    const message = 'basis full has all singular vectors and cannot have a rank; leave one of the two out'
    yield {key: 'basis', message}
  }
}

interface PatternSizes {
  /** The number of singular values. */
  readonly n: number
  /** The size of M, as far as it holds entries. */
  readonly area: MatrixSize
  /** The number of trainable entries. */
  readonly k: number
}

function sizesOf(
  {pattern, diagonals = 0, rank = Infinity, basis, topk}: SvftSettings,
  weight: WeightShape,
): PatternSizes {
  const [out, into] = weight
  if (pattern === 'topk' && out !== into && topk === 'paper') {
    throw notSquare(weight, {of: "by the paper's rule", key: 'topk', other: 'code'})
  }
  if (pattern === 'topk' && out !== into && basis === 'full') {
    throw notSquare(weight, {of: 'of the full basis compares vectors of one length and', key: 'basis', other: 'thin'})
  }
  const n = Math.min(rank, out, into)
  const area = areaOf({pattern, d: diagonals, area: basis === 'full' ? weight : [n, n]})
  return {n, area, k: countEntries({pattern, d: diagonals, area})}
}

function notSquare(
  [out, into]: WeightShape,
  {of, key, other}: Readonly<Record<'of' | 'key' | 'other', string>>,
): Fault {
  const advice = `choose other targets, or ${key}: ${other}`
  return new Fault('recipe', `svft topk ${of} needs a square weight, not ${out} × ${into}; ${advice}`, {
    at: ['adapter', key],
  })
}

/** Adds singular vectors where the pattern reads more than the thin factors have. */
async function complete(factors: Factors, area: MatrixSize): Promise<Factors> {
  if (factors.u.shape[1] >= area[0] && factors.v.shape[0] >= area[1]) return factors
  const {completeBasis} = await import('../../linalg/complete-basis.ts') // only here: it loads onnxruntime
  return completeBasis(factors, area)
}

/** The size of the part of M, of size `area`, that holds the entries of the pattern and of Σ. */
function areaOf({pattern, d, area: [rows, columns]}: PatternSpec): MatrixSize {
  const n = Math.min(rows, columns)
  if (pattern === 'plain') return [n, n]
  return pattern === 'banded' ? [Math.min(rows, n + d), Math.min(columns, n + d)] : [rows, columns]
}

interface PatternSource extends Pick<PatternSizes, 'area' | 'k'> {
  readonly factors: Factors
  readonly random: Random
}

async function drawPositions(
  {pattern, diagonals = 0, sampling, topk = 'code'}: SvftSettings,
  {area, k, factors, random}: PatternSource,
): Promise<EntryPositions> {
  if (pattern === 'plain') return bandedPositions(area, 0)
  if (pattern === 'banded') return bandedPositions(area, diagonals)
  if (pattern === 'random')
    return sampling === 'distinct' ? distinctPositions(area, {k, random}) : randomPositions(area, {k, random})
  return topPositions(await affinity(topk, factors), {n: area[0], k})
}

/** Draws M's initial entries. */
function initialEntries(
  {init = 'kaiming'}: SvftSettings,
  {k, random}: Pick<PatternSource, 'k' | 'random'>,
): Float32Array {
  if (init === 'zeros') return new Float32Array(k)
  return Float32Array.from({length: k}, () => random.normal() * Math.sqrt(2 / k))
}
