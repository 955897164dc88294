import {z} from 'zod'
import {atLeast, share} from '../base/number-schemas.ts'
import {columnsOf, leadingRows} from '../linalg/truncate.ts'
import {readTensor} from '../weights/safetensors.ts'
import {type Adapter, float, type ModuleTensors} from './adapter.ts'
import {buildLora, type LoraSettings, loraForm, rankText} from './lora.ts'
import {defineMethod, methodSchema} from './method.ts'
import {checkRank, residual} from './singular-values.ts'
import {match, targets} from './targets.ts'

/**
 * PiSSA, Meng et al. 2024. W′ = W₀ + (α/r) B A; A (r, in) and B (out, r) train, and start as W's r largest singular values and
 * their vectors, (r/α)^½ Σᵣ^½ Vᵣᵀ and Uᵣ Σᵣ^½ (r/α)^½; W₀, the rest of W, is frozen. W′ starts as W.
 */
export const pissa = defineMethod({
  label: 'PiSSA',
  look: {light: '#c30f3c', dark: '#e10f3c', shape: 'square'},
  trains: 'adapters',
  schema: methodSchema('pissa', 'W₀ + (α / r) B A; B A starts as the r largest singular values of W, W₀ is the rest', {
    rank: atLeast(1).describe('r: rank of B A'),
    alpha: z.number().positive().describe('α: B A is scaled by α / r; the paper sets α = r'),
    dropout: share.default(0).describe('share of the inputs of B A that are zeroed while training'),
    targets,
    match: match.default('suffix'),
  }),
  build: buildPissa,
  settingsText: rankText,
  factorizes: true,
  peft: loraForm('pissa'),
})

export function buildPissa({rank, alpha}: LoraSettings): Adapter<'residual', 'lora_A' | 'lora_B'> {
  const lora = buildLora({rank, alpha})
  const onResidual = ({residual, lora_A, lora_B}: ModuleTensors<'residual' | 'lora_A' | 'lora_B'>) => ({
    weight: residual,
    lora_A,
    lora_B,
  })
  return {
    shapes(weight) {
      checkRank(weight, rank)
      return {frozen: {residual: float(...weight)}, trainable: lora.shapes(weight).trainable}
    },
    async init(origin) {
      const factors = await origin.factors()
      const {u, sigma, v} = factors
      const [U, S, V] = await Promise.all([readTensor(u), readTensor(sigma), readTensor(leadingRows(v, rank))])
      const root = (k: number) => Math.sqrt((S[k] * rank) / alpha)
      const [, into] = origin.shape
      const lora_A = Float32Array.from(V, (value, i) => root(Math.floor(i / into)) * value)
      const lora_B = columnsOf(U, u.shape, {to: rank, scale: root})
      return {frozen: {residual: await residual(origin, factors, [0, rank])}, trainable: {lora_A, lora_B}}
    },
    forward: (x, at, pass) => lora.forward(x, onResidual(at), pass),
    merge: at => lora.merge(onResidual(at)),
    dropout: lora.dropout,
  }
}
