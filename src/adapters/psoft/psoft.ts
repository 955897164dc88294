import {z} from 'zod'
import {atLeast, share} from '../../base/number-schemas.ts'
import {besideFactors, columnsOf, leadingRows} from '../../linalg/truncate.ts'
import {type Tensor, tf} from '../../tensor/tf.ts'
import {readTensor} from '../../weights/safetensors.ts'
import {type Adapter, float, type Trainables} from '../adapter.ts'
import {batched} from '../batched.ts'
import {dropEntries, entryDropout} from '../dropout.ts'
import {defineMethod, methodSchema} from '../method.ts'
import {checkRank} from '../singular-values.ts'
import {match, targets} from '../targets.ts'
import {rotationsLessIdentity} from './rotation.ts'

/**
 * PSOFT, Wu et al. 2025. W′ = W + B (diag(b) R diag(a) − I) A: A = Vᵣᵀ (r, in) and B = Uᵣ Σᵣ (out, r) are W's r largest
 * singular values and their vectors, frozen; R = (I + Q)(I − Q)⁻¹ (r, r) is a rotation. The entries of the skew-symmetric Q
 * above its diagonal, from 0, and the magnitudes a and b (r), from 1, train. W′ starts as W.
 */
export const psoft = defineMethod({
  label: 'PSOFT',
  look: {light: '#78003c', dark: '#f00078', shape: 'diamond'},
  trains: 'adapters',
  schema: methodSchema(
    'psoft',
    'W with the vectors of its r largest singular values rotated, Uᵣ Σᵣ (diag(b) R diag(a)) Vᵣᵀ; R, a and b are trainable',
    {
      rank: atLeast(2).describe('r: size of R, which rotates the vectors of the r largest singular values'),
      magnitudes: z.boolean().default(true).describe('train a and b, which scale before and after R'),
      dropout: share.default(0).describe('share of the inputs of W′ − W that are zeroed while training'),
      targets,
      match: match.default('suffix'),
    },
  ),
  build: buildPsoft,
  settingsText: ({rank, magnitudes}) => `r=${rank}${magnitudes ? '' : ' no magnitudes'}`,
  factorizes: true,
})

type Frozen = 'psoft_A' | 'psoft_B'
type Magnitude = 'vector_a' | 'vector_b'
type PsoftTrainables = Trainables<'psoft_R', Magnitude>

export interface PsoftSettings {
  readonly rank: number
  /** α of PEFT, which divides B and multiplies W′ − W: it changes neither W′ nor a gradient. Default: r. */
  readonly alpha?: number
  /** Default: true. */
  readonly magnitudes?: boolean
}

export function buildPsoft({
  rank,
  alpha = rank,
  magnitudes = true,
}: PsoftSettings): Adapter<Frozen, 'psoft_R', Magnitude> {
  const scale = alpha / rank
  const entries = (rank * (rank - 1)) / 2

  return {
    shapes(weight) {
      checkRank(weight, rank)
      const [out, into] = weight
      const ones = magnitudes ? {vector_a: float(rank), vector_b: float(rank)} : {}
      return {
        frozen: {psoft_A: float(rank, into), psoft_B: float(out, rank)},
        trainable: {psoft_R: float(entries), ...ones},
      }
    },

    async init(origin) {
      const {u, sigma, v} = await origin.factors()
      const psoft_B = await besideFactors(u, `psoft-r${rank}-alpha${alpha}`, async () => {
        const [U, S] = await Promise.all([readTensor(u), readTensor(sigma)])
        const data = columnsOf(U, u.shape, {to: rank, scale: k => S[k] / scale})
        return {shape: [u.shape[0], rank], data}
      })
      const ones = () => new Float32Array(rank).fill(1)
      const vectors = magnitudes ? {vector_a: ones(), vector_b: ones()} : {}
      return {
        frozen: {psoft_A: leadingRows(v, rank), psoft_B},
        trainable: {psoft_R: new Float32Array(entries), ...vectors},
      }
    },

    /** Replaces R's entries with the change of B's columns, diag(b) R diag(a) − I (r, r). */
    prepare(modules) {
      const changes = batched(modules.map(asRows), rows => coreChanges(rows, rank))
      return changes.map(change => ({psoft_R: tf.reshape(change, [rank, rank])}))
    },

    forward(x, at, pass) {
      const down = tf.matMul(dropEntries(x, pass), at.psoft_A, false, true) // (N, r)
      const rotated = tf.mul(tf.matMul(down, at.psoft_R, false, true), scale)
      return tf.add(tf.matMul(x, at.weight, false, true), tf.matMul(rotated, at.psoft_B, false, true))
    },

    merge: at => tf.add(at.weight, tf.mul(tf.matMul(tf.matMul(at.psoft_B, at.psoft_R), at.psoft_A), scale)),

    dropout: entryDropout,
  }
}

/** The trainables of one module as (1, …), to be joined with those of others. */
function asRows({psoft_R, vector_a: a, vector_b: b}: PsoftTrainables): PsoftTrainables {
  const row = (x: Tensor) => tf.reshape(x, [1, -1])
  return {psoft_R: row(psoft_R), ...(a && b ? {vector_a: row(a), vector_b: row(b)} : {})}
}

/** diag(b) R diag(a) − I (K, r, r) of K modules, from R − I so that small changes keep their digits; all trainables are (K, …). */
function coreChanges({psoft_R, vector_a: a, vector_b: b}: PsoftTrainables, rank: number): Tensor {
  const rotated = rotationsLessIdentity(psoft_R, rank)
  if (!a || !b) return rotated
  const scales = tf.matMul(tf.reshape(b, [-1, rank, 1]), tf.reshape(a, [-1, 1, rank]))
  const onDiagonal = tf.reshape(tf.sub(tf.mul(a, b), 1), [-1, 1, rank])
  return tf.add(tf.mul(rotated, scales), tf.mul(tf.eye(rank), onDiagonal))
}
