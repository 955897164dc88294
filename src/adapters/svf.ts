import {roundsTo16Bits, type Tensor2D, tf} from '../tensor/tf.ts'
import {type Adapter, float, type ModuleTensors} from './adapter.ts'
import {defineMethod, methodSchema} from './method.ts'
import {cheapest, type Formulation} from './svft/formulation.ts'
import {match, targets} from './targets.ts'

/**
 * SVF, Sun et al. 2022: only the singular values train. W′ = U diag(σ + δ) Vᵀ; U (out, n), σ (n) and Vᵀ (n, in) are W's thin
 * singular value decomposition, frozen, and δ (n), from 0, trains. AdamW takes the same steps for δ as for σ itself, but in
 * float32 a small δ loses no digits to a large σ, and weight decay pulls W′ to W, where decay of σ would pull it to 0.
 */
export const svf = defineMethod({
  label: 'SVF',
  look: {light: '#6b4226', dark: '#cda27f', shape: 'triangle-left'},
  trains: 'adapters',
  schema: methodSchema('svf', 'W = U Σ Vᵀ, Σ trainable', {targets, match: match.default('suffix')}),
  build: buildSvf,
  factorizes: true,
  peft: {
    type: 'SVF',
    ours: true,
    tensors: {u: 'svf_u', s_pre: 'svf_s_pre', v: 'svf_v', s: 'svf_s'},
    write: () => ({}),
    read: () => ({method: 'svf'}),
  },
})

type Frozen = 'u' | 'sigma' | 'v'
type SvfTensors = ModuleTensors<Frozen | 'delta'>

export interface SvfSettings {
  /** Default: the cheapest for the rows of x. */
  readonly formulation?: Formulation
}

export function buildSvf({formulation}: SvfSettings): Adapter<Frozen, 'delta'> {
  const merge = (at: SvfTensors): Tensor2D => {
    const [out, n] = at.u.shape
    return tf.matMul(scale(tf.reshape(at.u, [out, n]), at), at.v)
  }
  return {
    shapes([out, into]) {
      const n = Math.min(out, into)
      return {frozen: {u: float(out, n), sigma: float(n), v: float(n, into)}, trainable: {delta: float(n)}}
    },

    async init(origin) {
      const {u, sigma, v} = await origin.factors()
      return {frozen: {u, sigma, v}, trainable: {delta: new Float32Array(sigma.shape[0])}}
    },

    forward(x, at) {
      const [rows, into] = x.shape
      const [out, n] = at.u.shape
      const choice = formulation ?? cheapest({rows, out, into, left: n, right: n, width: 0})
      if (choice === 'merged') return tf.matMul(x, merge(at), false, true)
      const h: Tensor2D = tf.matMul(x, at.v, false, true) // (N, n)
      return tf.matMul(scale(h, at), at.u, false, true)
    },

    merge,
    fileNames: {sigma: 's_pre', delta: 's'},
  }
}

/**
 * h diag(σ + δ). If sums are rounded to 16 bits, h is multiplied by σ and by δ apart: in σ + δ, small entries of δ would be
 * lost.
 */
function scale(h: Tensor2D, {sigma, delta}: SvfTensors): Tensor2D {
  if (!roundsTo16Bits()) return tf.mul(h, tf.add(sigma, delta))
  return tf.add(tf.mul(h, delta), tf.mul(h, sigma))
}
