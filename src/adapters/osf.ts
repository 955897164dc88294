import {sum} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {atLeast} from '../base/number-schemas.ts'
import {formatCount} from '../base/pluralize.ts'
import {columnsOf, truncate} from '../linalg/truncate.ts'
import {changeGradient, type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import {readTensor} from '../weights/safetensors.ts'
import {type Adapter, float, type ModuleTensors} from './adapter.ts'
import {defineMethod, methodSchema, type PeftTensor, refuseTransposed} from './method.ts'
import {checkRank} from './singular-values.ts'
import {match, targets} from './targets.ts'

/**
 * OSF, Nayak et al. 2025. W = U Σ Vᵀ, of which the `kept` largest singular values and their vectors are frozen: W′ = U₁ Σ₁ V₁ᵀ +
 * U₂ diag(s₂) V₂ᵀ. The rest, U₂ (out, n − kept), s₂ and V₂ᵀ (n − kept, in), trains; the gradients of U₂ and V₂ᵀ lose their
 * parts in the spans of U₁ and V₁ (PEFT's `effective_rank` is `kept`). W′ starts as W.
 */
export const osf = defineMethod({
  label: 'OSF',
  look: {light: '#004b5a', dark: '#00e1e1', shape: 'cross'},
  trains: 'adapters',
  schema: methodSchema('osf', 'W = U Σ Vᵀ, trainable but for its largest singular values and their vectors', {
    kept: atLeast(1).describe('number of the largest singular values, which are frozen with their vectors'),
    targets,
    match: match.default('suffix'),
  }),
  build: buildOsf,
  settingsText: ({kept}) => `kept=${kept}`,
  warnings({kept}, modules) {
    const trained = sum(modules.map(({count}) => count))
    const whole = sum(modules.map(({weight: [out, into]}) => out * into))
    if (trained <= whole) return []
    const counts = `${formatCount(trained)} parameters, more than the ${formatCount(whole)} of the weights`
    return [
      `adapter.kept: ${kept} trains ${counts}; of a square weight, at least half of the singular values must be kept to train fewer`,
    ]
  },
  factorizes: true,
  peft: {
    type: 'OSF',
    tensors: {U_low: 'osf_svd_params.U_low', S_low: 'osf_svd_params.S_low', V_low: 'osf_svd_params.V_low'},
    keys: {kept: 'effective_rank'},
    write({kept}, {modules}) {
      refuseTransposed('OSF', modules)
      return {effective_rank: kept, init_weights: true, bias: undefined} // PEFT's config has no key `bias`
    },
    /** The shapes show how many singular values are kept, also where the config has a share of them. */
    read: (_, tensors) => ({method: 'osf', kept: keptBy(tensors)}),
  },
})

/** The number of singular values that the modules of PEFT's adapter keep. @throws Fault 'input' where it differs between modules */
function keptBy(tensors: readonly PeftTensor[]): number | undefined {
  const shapesOf = (of: string) =>
    new Map(tensors.flatMap(({path, name, shape}) => (name === of ? [[path, shape]] : [])))
  const [left, right] = [shapesOf('U_low'), shapesOf('V_low')]
  const kept = [...left].map(([path, [out, rest]]) => Math.min(out, right.get(path)?.[1] ?? out) - rest)
  const [first, other] = new Set(kept)
  if (other === undefined) return first
  throw new Fault(
    'input',
    `effective_rank: modules keep ${first} and ${other} singular values, which svft supports only as one number; merge the adapter with PEFT`,
  )
}

export interface OsfSettings {
  readonly kept: number
}

type Frozen = 'U_high' | 'S_high' | 'V_high'
type Trainable = 'U_low' | 'S_low' | 'V_low'
type OsfTensors = ModuleTensors<Frozen | Trainable>

export function buildOsf({kept}: OsfSettings): Adapter<Frozen, Trainable> {
  const low = ({U_low, S_low, V_low, U_high, V_high}: OsfTensors): FactorTensors => ({
    u: outside(U_low, U => tf.matMul(U_high, tf.matMul(U_high, U, true, false))),
    sigma: S_low,
    v: outside(V_low, V => tf.matMul(tf.matMul(V, V_high, false, true), V_high)),
  })
  const high = ({U_high, S_high, V_high}: OsfTensors): FactorTensors => ({u: U_high, sigma: S_high, v: V_high})
  const merge = (at: OsfTensors): Tensor2D => tf.add(product(high(at)), product(low(at)))

  return {
    shapes(weight) {
      const [out, into] = weight
      const n = Math.min(out, into)
      checkRank(weight, kept, {key: 'kept', most: n - 1})
      const rest = n - kept
      return {
        frozen: {U_high: float(out, kept), S_high: float(kept), V_high: float(kept, into)},
        trainable: {U_low: float(out, rest), S_low: float(rest), V_low: float(rest, into)},
      }
    },

    async init(origin) {
      const factors = await origin.factors()
      const {u, sigma, v} = await truncate(factors, kept)
      const [U, S, V] = (await Promise.all([factors.u, factors.sigma, factors.v].map(readTensor))) as Float32Array[]
      const [, into] = origin.shape
      const U_low = columnsOf(U, factors.u.shape, {from: kept, to: S.length})
      return {
        frozen: {U_high: u, S_high: sigma, V_high: v},
        trainable: {U_low, S_low: S.slice(kept), V_low: V.slice(kept * into)},
      }
    },

    forward(x, at) {
      const [rows, into] = x.shape
      const [out, rest] = at.U_low.shape
      if (mergedIsCheaper({rows, out, into, rest})) return tf.matMul(x, merge(at), false, true)
      return tf.add(throughFactors(x, high(at)), throughFactors(x, low(at)))
    },

    merge,
  }
}

/** The factors of a part of W: U (out, k), the diagonal of Σ (k), Vᵀ (k, in). */
interface FactorTensors {
  readonly u: Tensor
  readonly sigma: Tensor
  readonly v: Tensor
}

const product = ({u, sigma, v}: FactorTensors): Tensor2D => tf.matMul(tf.mul(u, sigma), v)

/** x (N, in) → x V Σ Uᵀ (N, out). */
const throughFactors = (x: Tensor2D, {u, sigma, v}: FactorTensors): Tensor2D =>
  tf.matMul(tf.mul(tf.matMul(x, v, false, true), sigma), u, false, true)

/** Returns x, whose gradient loses its part in the space onto which `project` projects. */
const outside = (x: Tensor, project: (gradient: Tensor) => Tensor) => changeGradient(x, dy => tf.sub(dy, project(dy)))

interface OsfCost {
  readonly rows: number
  readonly out: number
  readonly into: number
  /** The number of singular values that train. */
  readonly rest: number
}

/** Whether building W′ takes fewer operations in a training step: for a square weight, if there are more rows than its size. */
function mergedIsCheaper({rows, out, into, rest}: OsfCost): boolean {
  const n = Math.min(out, into)
  const factorized = rows * (out + into) * (4 * n + 2 * rest)
  return 6 * rows * out * into + out * into * (2 * n + 4 * rest) < factorized
}
