import {Fault} from '../../base/fault.ts'
import {LARGEST_CONSTANT, size} from '../../engine/program.ts'
import {type Tensor, type Tensor2D, tf} from '../../tensor/tf.ts'
import {type Adapter, EVALUATION, type ForwardOptions, float, type ModuleTensors, type WeightShape} from '../adapter.ts'
import {batched} from '../batched.ts'
import {type Butterfly, blockProduct, butterflyProduct, factorEntries} from './butterfly.ts'
import {cayley} from './cayley.ts'

export interface BoftSettings {
  /** The size of a block. */
  readonly b: number
  /** The number of a factor's blocks, like PEFT's boft_block_num; it overrides b, which then follows from a weight's width. */
  readonly blocks?: number
  /** The number of butterfly factors. */
  readonly m?: number
  /** Overrides m with 1, as PEFT does where its CUDA extension cannot be built. */
  readonly fallback?: boolean
  /** The layer's own bias trains too. */
  readonly bias?: boolean
  /** The side of the weight that R rotates: its inputs, as in PEFT, or its outputs. */
  readonly side?: 'input' | 'output'
}

/** BOFT as boft.ts defines it. */
export function buildBoft(options: BoftSettings): Adapter<never, 'boft_R' | 'boft_s'> {
  const {blocks, fallback = false, bias = true, side = 'input'} = options
  const m = fallback ? 1 : (options.m ?? 1)

  /** Returns n, the size of R, and b, that of its blocks. */
  function sizes([out, into]: WeightShape): {readonly n: number; readonly b: number} {
    const n = side === 'input' ? into : out
    const b = blocks === undefined ? options.b : n / blocks
    if (!Number.isInteger(b)) {
      throw new Fault('input', `boft_block_num must divide the weight's ${n} ${side}s: ${blocks}`)
    }
    check({n, b, m, side}, blocks)
    return {n, b}
  }

  /** R, without the blocks that are dropped. */
  const rotation = ({boft_R: Q}: ModuleTensors<'boft_R'>, {rate, drawn}: ForwardOptions) => {
    const [, count, b] = Q.shape as [number, number, number, number]
    const kept = rate === 0 ? Q : dropBlocks(Q, tf.reshape(drawn.dropped, [m, count, 1, 1]))
    return butterflyProduct(kept, {n: count * b, b, m})
  }

  return {
    shapes(weight) {
      const {n, b} = sizes(weight)
      return {frozen: {}, trainable: {boft_R: float(m, n / b, b, b), boft_s: float(weight[0], 1)}}
    },
    async init({shape}) {
      const {n, b} = sizes(shape)
      return {
        frozen: {},
        trainable: {
          boft_R: new Float32Array(size([m, n, b])),
          boft_s: new Float32Array(shape[0]).fill(1),
        },
      }
    },
    /** Computes the rotation of each block. */
    prepare(modules) {
      const blocks = modules.map(({boft_R: A}) => ({A: tf.reshape(A, [-1, ...A.shape.slice(2)])}))
      const rotations = batched(blocks, ({A}) => cayley(A))
      return modules.map((own, i) => ({...own, boft_R: tf.reshape(rotations[i], own.boft_R.shape)}))
    },
    forward(x, at, pass) {
      const R = rotation(at, pass)
      const s = tf.reshape(at.boft_s, [-1])
      if (side === 'output') {
        return tf.mul(blockProduct(tf.matMul(x, at.weight, false, true), R, {transposed: true}), s)
      }
      return tf.mul(tf.matMul(blockProduct(x, R, {transposed: false}), at.weight, false, true), s) // x R = (Rᵀ xᵀ)ᵀ
    },
    merge(at) {
      const R = rotation(at, EVALUATION)
      const weight = at.weight as Tensor2D
      if (side === 'input') return tf.mul(blockProduct(weight, R, {transposed: true}), at.boft_s)
      const rotated = blockProduct(tf.transpose(weight), R, {transposed: true})
      return tf.mul(tf.transpose(rotated), at.boft_s)
    },
    dropout: {
      specs(weight) {
        const {n, b} = sizes(weight)
        return {dropped: float(m, n / b)}
      },
      draw(weight, {rate, random}) {
        const {n, b} = sizes(weight)
        const count = n / b
        const dropped = new Float32Array(m * count)
        const factor = random.fork('factor').int(m)
        const blocks = random
          .fork('blocks')
          .permutation(count)
          .subarray(0, Math.floor(rate * count))
        for (const block of blocks) dropped[factor * count + block] = 1
        return {dropped}
      },
    },
    trainsBias: bias,
  }
}

/** Replaces the blocks of Q (m, n/b, b, b) where `dropped` (m, n/b, 1, 1) is 1 with the identity. */
function dropBlocks(Q: Tensor, dropped: Tensor): Tensor {
  return tf.add(tf.mul(Q, tf.sub(1, dropped)), tf.mul(tf.eye(Q.shape[2] as number), dropped))
}

/** Checks the conditions under which butterfly factors exist, and fit in a step. */
function check(butterfly: SidedButterfly, blocks: number | undefined): void {
  checkDivisors(butterfly)
  const {n, b, m, side} = butterfly
  const entries = factorEntries(butterfly)
  if (entries <= LARGEST_CONSTANT) return
  const problem = `R's factors would have ${entries} entries in dense blocks, and at most ${LARGEST_CONSTANT} fit`
  if (blocks !== undefined) {
    throw new Fault(
      'input',
      `boft_block_num is too small for the weight's ${n} ${side}s: ${blocks}; ${problem}; merge the adapter with PEFT`,
    )
  }
  const [key, value, given, lower] =
    m === 1 ? ['b', b, '', 'adapter.b'] : ['m', m, ` with b: ${b}`, 'adapter.m or adapter.b']
  throw new Fault(
    'recipe',
    `adapter.${key} is too large for the weight's ${n} ${side}s${given}: ${value}; ${problem}; lower ${lower}`,
    {at: ['adapter', key]},
  )
}

type SidedButterfly = Butterfly & Required<Pick<BoftSettings, 'side'>>

function checkDivisors({n, b, m, side}: SidedButterfly): void {
  const where = `the weight's ${n} ${side}s`
  if (n % b !== 0) throw new Fault('recipe', `adapter.b must divide ${where}${advice(n, b, () => true)}: ${b}`, AT_B)
  if (m === 1) return
  if (b % 2 !== 0) {
    const even = (d: number) => d % 2 === 0
    throw new Fault('recipe', `adapter.b must be even where adapter.m is above 1${advice(n, b, even)}: ${b}`, AT_B)
  }
  if (n % (b * 2 ** (m - 1)) !== 0) {
    let most = 1
    while (n % (b * 2 ** most) === 0) most++
    throw new Fault(
      'recipe',
      `adapter.b · 2^(m − 1) must divide ${where}: with b: ${b}, m can be at most ${most}, not ${m}`,
      {at: ['adapter', 'm']},
    )
  }
}

const AT_B = {at: ['adapter', 'b']}

/** Lists the valid sizes of blocks nearest to b, below and above. */
function advice(n: number, b: number, fits: (d: number) => boolean): string {
  const good = Array.from({length: n}, (_, i) => i + 1).filter(d => n % d === 0 && fits(d))
  const near = [good.findLast(d => d < b), good.find(d => d > b)].filter(d => d !== undefined)
  return near.length ? `, like ${near.join(' or ')}` : ''
}
