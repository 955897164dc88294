import {z} from 'zod'
import {toObject} from '../base/json.ts'
import {atLeast, share} from '../base/number-schemas.ts'
import {LEAST_NORM} from '../linalg/norm.ts'
import {changeGradient, type Tensor, tf} from '../tensor/tf.ts'
import {type Adapter, float, type ModuleTensors} from './adapter.ts'
import {buildLora, type LoraSettings, loraForm, rankText} from './lora.ts'
import {defineMethod, methodSchema, refuseTransposed} from './method.ts'
import {checkRank, residual} from './singular-values.ts'
import {match, targets} from './targets.ts'

/**
 * KaSA, Wang et al. 2024. W′ = W₀ + (α/r) B diag(λ) A; W₀ is W without its r smallest singular values, frozen; A (r, in) and
 * B (out, r), which start as LoRA's, and λ (r), from N(0, 1), train. W′ starts as W₀. Training also minimizes β ‖λ‖² (their equation 10)
 * and γ (‖BᵀB − I‖ + ‖A Aᵀ − I‖), Frobenius norms (their equation 11).
 */
export const kasa = defineMethod({
  label: 'KaSA',
  look: {light: '#69871e', dark: '#b4e187', shape: 'triangle-down'},
  trains: 'adapters',
  schema: methodSchema(
    'kasa',
    'W₀ + (α / r) B diag(λ) A, λ trainable; W₀ is W without its r smallest singular values',
    {
      rank: atLeast(1).describe(
        'r: rank of B diag(λ) A, and number of smallest singular values that are removed from W',
      ),
      alpha: z.number().positive().describe('α: B diag(λ) A is scaled by α / r'),
      beta: z
        .number()
        .nonnegative()
        .default(1e-4)
        .describe('β: the loss that is minimized has a term β ‖λ‖² for each weight'),
      gamma: z
        .number()
        .nonnegative()
        .default(1e-3)
        .describe(
          'γ: the loss that is minimized has a term γ (‖BᵀB − I‖ + ‖A Aᵀ − I‖) for each weight, which keeps the columns of B and the rows of A near orthonormal',
        ),
      dropout: share.default(0).describe('share of the inputs of A that are zeroed while training'),
      targets,
      match: match.default('suffix'),
    },
  ),
  build: buildKasa,
  settingsText: rankText,
  factorizes: true,
  peft: loraForm<Required<KasaSettings> & {readonly dropout: number}>('kasa', {
    tensors: {lora_diag: 'lora_diag'},
    write({beta, gamma}, {modules}) {
      refuseTransposed('KaSA', modules)
      return {kasa_config: {beta, gamma}}
    },
    read({kasa_config}) {
      const {beta, gamma} = toObject(kasa_config, 'kasa_config')
      return {beta, gamma}
    },
  }),
})

export interface KasaSettings extends LoraSettings {
  /** β. Default: 0, without this penalty. */
  readonly beta?: number
  /** γ. Default: 0, without this penalty. */
  readonly gamma?: number
}

type Trainable = 'lora_A' | 'lora_B' | 'lora_diag'

export function buildKasa({rank, alpha, beta = 0, gamma = 0}: KasaSettings): Adapter<'residual', Trainable> {
  const lora = buildLora({rank, alpha})

  /** LoRA's tensors for the same W′, with diag(λ) A as A. */
  const asLora = ({residual, lora_A, lora_B, lora_diag}: ModuleTensors<'residual' | Trainable>) => ({
    weight: residual,
    lora_A: tf.mul(lora_A, tf.reshape(lora_diag, [rank, 1])),
    lora_B,
  })

  return {
    shapes(weight) {
      checkRank(weight, rank, {most: Math.min(...weight) - 1})
      return {
        frozen: {residual: float(...weight)},
        trainable: {...lora.shapes(weight).trainable, lora_diag: float(rank)},
      }
    },
    async init(origin, random) {
      const n = Math.min(...origin.shape)
      const {trainable} = await lora.init(origin, random)
      const draw = random.fork('lora_diag')
      const lora_diag = Float32Array.from({length: rank}, () => draw.normal())
      const frozen = {residual: await residual(origin, await origin.factors(), [n - rank, n])}
      return {frozen, trainable: {...trainable, lora_diag}}
    },
    forward: (x, at, pass) => lora.forward(x, asLora(at), pass),
    merge: at => lora.merge(asLora(at)),
    prepare: modules =>
      modules.map(({lora_A, lora_B, lora_diag}) => ({
        lora_A: penalized(lora_A, A => tf.mul(towardsOrthonormal(A), gamma)),
        lora_B: penalized(lora_B, B => tf.mul(tf.transpose(towardsOrthonormal(tf.transpose(B))), gamma)),
        lora_diag: penalized(lora_diag, lambda => tf.mul(lambda, 2 * beta)),
      })),
    dropout: lora.dropout,
  }
}

/** x, with the gradient of a penalty on x added to its own. */
const penalized = (x: Tensor, gradient: (x: Tensor) => Tensor) => changeGradient(x, (dy, x) => tf.add(dy, gradient(x)))

/** The gradient of ‖E‖, E = A Aᵀ − I, for A (r, n): 2 E A / ‖E‖, or 0 where A's rows are orthonormal. */
function towardsOrthonormal(A: Tensor): Tensor {
  const E = tf.sub(tf.matMul(A, A, false, true), tf.eye(A.shape[0]))
  const norm = tf.sqrt(tf.sum(tf.square(E)))
  return tf.matMul(tf.div(tf.mul(E, 2), tf.maximum(norm, LEAST_NORM)), A)
}
