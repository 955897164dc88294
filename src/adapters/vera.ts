import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {atLeast, share} from '../base/number-schemas.ts'
import {type Shape, type Stored, size} from '../engine/program.ts'
import {type Random, random} from '../tensor/random.ts'
import {roundsTo16Bits, type Tensor, type Tensor2D, tf, withGradient} from '../tensor/tf.ts'
import {type Adapter, float, type ModuleTensors, type WeightShape} from './adapter.ts'
import {dropEntries, entryDropout} from './dropout.ts'
import {defineMethod, methodSchema} from './method.ts'
import {match, targets} from './targets.ts'

/**
 * VeRA, Kopiczko et al. 2024. W′ = W + diag(λb) B diag(λd) A; A (r, in) and B (out, r) are random, frozen and shared by
 * all weights; λd (r), from 0.1, and λb (out), from 0, train.
 */
export const vera = defineMethod({
  label: 'VeRA',
  look: {light: '#007f5c', dark: '#2fc497', shape: 'triangle-up'},
  trains: 'adapters',
  schema: methodSchema('vera', 'W + diag(λb) B diag(λd) A, λb and λd trainable', {
    rank: atLeast(1).describe('r: rows of A and columns of B, which are random, frozen and shared by all targets'),
    lambdaD: z.number().default(0.1).describe('initial value of λd; λb starts at 0'),
    projectionSeed: atLeast(0).default(0).describe('seed of A and B, independent of the seed of the run'),
    shapes: z
      .enum(['sliced', 'same'])
      .describe('targets of several shapes use parts of A and B (PEFT since 0.12), or are refused (0.11)'),
    dropout: share.default(0).describe('share of the inputs of A that are zeroed while training'),
    targets,
    match,
  }),
  build: buildVera,
  settingsText: ({rank}) => `r=${rank}`,
  counted: {rank: 1},
  peft: {
    type: 'VERA',
    tensors: {vera_lambda_d: 'vera_lambda_d', vera_lambda_b: 'vera_lambda_b'},
    shared: ['vera_A', 'vera_B'],
    keys: {rank: 'r', dropout: 'vera_dropout', lambdaD: 'd_initial', projectionSeed: 'projection_prng_key'},
    write: ({rank, lambdaD, projectionSeed, dropout}, {modules}) => ({
      r: rank,
      d_initial: lambdaD,
      projection_prng_key: projectionSeed,
      save_projection: true,
      vera_dropout: dropout,
      fan_in_fan_out: modules.some(({transposed}) => transposed),
      init_weights: true,
    }),
    read: ({r, d_initial: lambdaD, projection_prng_key: projectionSeed, vera_dropout: dropout = 0}) => ({
      method: 'vera',
      rank: r,
      dropout,
      shapes: 'sliced',
      lambdaD: lambdaD ?? 0.1,
      projectionSeed,
    }),
  },
})

type Trainable = 'vera_lambda_d' | 'vera_lambda_b'
type Shared = 'vera_A' | 'vera_B'

export interface VeraSettings {
  readonly rank: number
  /** λd's initial value. */
  readonly lambdaD?: number
  /** The seed from which A and B are drawn, whatever the seed of the run. */
  readonly projectionSeed?: number
  /** `sliced`: A and B fit the largest weight, others use a part. `same`: weights of several shapes are refused. */
  readonly shapes?: 'sliced' | 'same'
}

export function buildVera(settings: VeraSettings): Adapter<never, Trainable, never, Shared> {
  const {rank, lambdaD = 0.1, projectionSeed = 0} = settings
  return {
    shapes: ([out]) => ({frozen: {}, trainable: {vera_lambda_d: float(rank), vera_lambda_b: float(out)}}),
    async init({shape: [out]}) {
      return {
        frozen: {},
        trainable: {
          vera_lambda_d: new Float32Array(rank).fill(lambdaD),
          vera_lambda_b: new Float32Array(out),
        },
      }
    },
    shared: {
      shapes: weights => projectionShapes(weights, settings),
      init(weights) {
        const seeds = random(projectionSeed, 'vera')
        const {vera_A, vera_B} = projectionShapes(weights, settings)
        return {
          vera_A: drawProjection(vera_A, seeds.fork('vera_A')),
          vera_B: drawProjection(vera_B, seeds.fork('vera_B')),
        }
      },
    },

    forward(x, at, pass) {
      const [rows, into] = x.shape
      const [out] = at.weight.shape
      if (pass.rate === 0 && !roundsTo16Bits() && mergedIsCheaper({rows, out, into, rank})) return mergedProduct(x, at)
      const {A, B} = slices(at)
      const down = tf.matMul(dropEntries(x, pass), A, false, true) // (N, r)
      const up = tf.matMul(tf.mul(down, at.vera_lambda_d), B, false, true) // (N, out)
      return tf.add(tf.matMul(x, at.weight, false, true), tf.mul(up, at.vera_lambda_b))
    },
    merge: at => addUpdate({...slices(at), weight: at.weight, d: at.vera_lambda_d, b: at.vera_lambda_b}),
    dropout: entryDropout,
  }
}

/** The shapes of A and B, which fit the largest weight. @throws Fault 'recipe' if all must be of one shape and are not */
function projectionShapes(
  weights: readonly WeightShape[],
  {rank, shapes = 'sliced'}: VeraSettings,
): Record<Shared, Shape> {
  const largest = (axis: 0 | 1) => Math.max(...weights.map(weight => weight[axis]))
  const other = weights.find(weight => weight[0] !== weights[0][0] || weight[1] !== weights[0][1])
  if (shapes === 'same' && other) {
    const both = [weights[0], other].map(weight => weight.join(' × ')).join(' and ')
    throw new Fault(
      'recipe',
      `adapter.targets: vera with shapes: same adapts weights of one shape only, not of ${both}; ` +
        'choose other targets, or shapes: sliced',
      {at: ['adapter', 'targets']},
    )
  }
  return {vera_A: [rank, largest(1)], vera_B: [largest(0), rank]}
}

/** Draws A or B: kaiming uniform, with the columns as fan-in. */
function drawProjection(shape: Shape, random: Random): Stored {
  const bound = Math.sqrt(6 / shape[1])
  const data = Float32Array.from({length: size(shape)}, () => bound * (2 * random.uniform() - 1))
  return {dtype: 'float32', shape, at: {data}}
}

interface Projections {
  /** (r, in) */
  readonly A: Tensor2D
  /** (out, r) */
  readonly B: Tensor2D
}

/** The parts of A and B that fit this weight. */
function slices({vera_A, vera_B, weight}: ModuleTensors<Shared>): Projections {
  const rank = vera_A.shape[0]
  const [out, into] = weight.shape
  return {
    A: tf.slice(vera_A as Tensor2D, [0, 0], [rank, into]),
    B: tf.slice(vera_B as Tensor2D, [0, 0], [out, rank]),
  }
}

const column = (vector: Tensor) => tf.reshape(vector, [-1, 1])

interface UpdateTensors extends Projections {
  /** W (out, in). */
  readonly weight: Tensor
  /** λd (r). */
  readonly d: Tensor
  /** λb (out). */
  readonly b: Tensor
}

/** W + diag(λb) B diag(λd) A, (out, in). */
function addUpdate({A, B, weight, d, b}: UpdateTensors): Tensor2D {
  return tf.add(weight, tf.mul(tf.matMul(B, tf.mul(A, column(d))), column(b)))
}

/**
 * x W′ᵀ with W′ built first, unless sums are rounded to 16 bits: in W + Δ, a small Δ would be lost. Its gradients need no
 * product of x's rows with W′'s parts but T = dyᵀ x Aᵀ (out, r): dλb is the row sums of B ∘ T diag(λd), dλd the column
 * sums of diag(λb) B ∘ T.
 */
function mergedProduct(x: Tensor2D, at: ModuleTensors<Trainable | Shared>): Tensor2D {
  const {A, B} = slices(at)
  const [rows, into] = x.shape
  const [out, rank] = B.shape
  return withGradient([x, at.vera_lambda_d, at.vera_lambda_b], ([x, d, b]) => {
    const W = addUpdate({A, B, weight: at.weight, d, b})
    return {
      value: tf.matMul(x, W, false, true),
      saved: [x, d, b, W, A, B],
      gradient(dy, [x, d, b, W, A, B]) {
        const T =
          rank * (into + out) * rows < out * into * (rows + rank)
            ? tf.matMul(dy, tf.matMul(x, A, false, true), true, false)
            : tf.matMul(tf.matMul(dy, x, true, false), A, false, true)
        const S = tf.mul(B, T) // (out, r)
        return [tf.matMul(dy, W), tf.sum(tf.mul(S, column(b)), 0), tf.sum(tf.mul(S, d), 1)]
      },
    }
  }) as Tensor2D
}

interface ProductSize {
  readonly rows: number
  readonly out: number
  readonly into: number
  readonly rank: number
}

/**
 * Whether building W′ takes fewer multiplications in a training step. With the factors apart, A and B are passed forward
 * and backward; merged, W′ is built, and T is computed from whichever two of dy, x and A are multiplied first.
 */
function mergedIsCheaper({rows, out, into, rank}: ProductSize): boolean {
  const once = rows * rank * (out + into)
  return out * into * rank + Math.min(once, out * into * (rows + rank)) < 2 * once
}
