import type {ShapedStep, Spec} from '../engine/program.ts'
import {scope} from '../models/layers/scope.ts'
import type {CausalModel} from '../models/model.ts'
import type {EncodedExample} from '../tasks/task.ts'
import {IGNORED, linearCrossEntropies, nextTokens} from '../tensor/cross-entropy.ts'
import {type Tensor2D, tf} from '../tensor/tf.ts'
import {type BatchOptions, inBatches, longestTextsFirst} from './batches.ts'
import {scoredLength} from './buckets.ts'

/** The likelihood of a text's counted tokens. */
export interface TextLikelihood {
  /** The sum of −log p over its counted tokens, in nats. */
  readonly nll: number
  readonly tokens: number
}

/** The number of tokens that count: the first of a text is not predicted. */
export const countScored = ({labels}: EncodedExample): number =>
  labels.reduce((count, label, t) => count + (t > 0 && label !== IGNORED ? 1 : 0), 0)

/**
 * Computes the likelihood of each text, in the texts' order. Texts of similar length share a batch, the longest first, padded
 * on the right, which no token attends to. When aborted, it throws the signal's reason.
 */
export async function computeLikelihoods(
  texts: readonly EncodedExample[],
  options: BatchOptions<CausalModel>,
): Promise<TextLikelihood[]> {
  const {model, batch} = options
  const B = Math.min(batch, texts.length)
  return inBatches(longestTextsFirst(texts), options, {
    async prepare(chosen) {
      const T = scoredLength(texts[chosen[0]].ids.length, model)
      const [ids, labels] = [new Int32Array(B * T), new Int32Array(B * T).fill(IGNORED)]
      for (const [row, i] of chosen.entries()) {
        ids.set(texts[i].ids, row * T)
        labels.set(texts[i].labels, row * T)
      }
      return {...likelihoodStep(model, [B, T]), feeds: {ids, labels}}
    },
    read: ({nll}, row, i) => ({nll: Number(nll[row]), tokens: countScored(texts[i])}),
  })
}

/** The step that reads B × T tokens, and its inputs `ids` and `labels`; it returns `nll` (B). */
export function likelihoodStep(model: CausalModel, [B, T]: readonly [B: number, T: number]): ShapedStep {
  const tokens: Spec = {dtype: 'int32', shape: [B, T]}
  return {
    inputs: {ids: tokens, labels: tokens},
    step({ids, labels}, tensors) {
      const lm = model.build(scope({tensors, trainable: []}))
      const h = lm.hidden(ids as Tensor2D) // (B, T, C)
      const rows = tf.reshape(h, [B * T, h.shape[2] as number]) as Tensor2D
      const losses = linearCrossEntropies(rows, lm.head, nextTokens(labels as Tensor2D), {cap: lm.logitCap})
      return {nll: tf.sum(tf.reshape(losses, [B, T]), 1)}
    },
  }
}
