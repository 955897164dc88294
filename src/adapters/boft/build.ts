import {size} from '../../engine/program.ts'
import {type Tensor, type Tensor2D, tf} from '../../tensor/tf.ts'
import {type Adapter, type Dropout, EVALUATION, type ForwardOptions, float, type ModuleTensors} from '../adapter.ts'
import {batched} from '../batched.ts'
import {blockProduct, butterflyProduct} from './butterfly.ts'
import {cayley} from './cayley.ts'
import {type BoftSettings, factorCount, rotationSizes} from './rotation-sizes.ts'

/** BOFT as boft.ts defines it. */
export function buildBoft(settings: BoftSettings): Adapter<never, 'boft_R' | 'boft_s'> {
  const {bias = true, side = 'input'} = settings
  const m = factorCount(settings)

  /** R, without the blocks that are dropped. */
  const rotation = ({boft_R: Q}: ModuleTensors<'boft_R'>, {rate, drawn}: ForwardOptions) => {
    const [, count, b] = Q.shape
    const kept = rate === 0 ? Q : dropBlocks(Q, tf.reshape(drawn.dropped, [m, count, 1, 1]))
    return butterflyProduct(kept, {n: count * b, b, m})
  }

  return {
    shapes(weight) {
      const {n, b} = rotationSizes(weight, settings)
      return {frozen: {}, trainable: {boft_R: float(m, n / b, b, b), boft_s: float(weight[0], 1)}}
    },
    async init({shape}) {
      const {n, b} = rotationSizes(shape, settings)
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
    dropout: blockDropout(settings),
    trainsBias: bias,
  }
}

/** Draws the blocks of one factor that a pass leaves out, as 1 in `dropped` (m, n/b). */
function blockDropout(settings: BoftSettings): Dropout {
  const m = factorCount(settings)
  return {
    specs(weight) {
      const {n, b} = rotationSizes(weight, settings)
      return {dropped: float(m, n / b)}
    },
    draw(weight, {rate, random}) {
      const {n, b} = rotationSizes(weight, settings)
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
  }
}

/** Replaces the blocks of Q (m, n/b, b, b) where `dropped` (m, n/b, 1, 1) is 1 with the identity. */
function dropBlocks(Q: Tensor, dropped: Tensor): Tensor {
  return tf.add(tf.mul(Q, tf.sub(1, dropped)), tf.mul(tf.eye(Q.shape[2] as number), dropped))
}
