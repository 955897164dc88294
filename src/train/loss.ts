import type {Named, Spec} from '../engine/program.ts'
import type {Scope} from '../models/layers/scope.ts'
import type {CausalModel, ImageModel, Model, SequenceModel} from '../models/model.ts'
import {crossEntropy, linearCrossEntropy, nextTokens, squaredError} from '../tensor/cross-entropy.ts'
import {type Scalar, type Tensor, type Tensor1D, type Tensor2D, tf} from '../tensor/tf.ts'

/** The inputs of a model in training, and its loss on them. */
export interface Objective {
  readonly inputs: Named<Spec>
  loss(scope: Scope, inputs: Named<Tensor>): Scalar
}

/** The objective for micro-batches of `rows` × `length` tokens; images have one size. */
export function objective(model: Model, rows: number, length: number): Objective {
  if (model.task === 'causal-lm') return causal(model, [rows, length])
  return model.task === 'sequence-classification' ? sequence(model, [rows, length]) : image(model, rows)
}

/** Mean cross-entropy of the next token over the labels that count. No token attends to the padding, which is on the right. */
function causal(model: CausalModel, shape: readonly [number, number]): Objective {
  const tokens: Spec = {dtype: 'int32', shape}
  return {
    inputs: {input_ids: tokens, labels: tokens},
    loss(scope, {input_ids, labels}) {
      const lm = model.build(scope)
      const h = lm.hidden(input_ids as Tensor2D) // (B, T, C)
      const rows = tf.reshape(h, [-1, h.shape[2] as number]) as Tensor2D
      const options = {cap: lm.logitCap, frozen: scope.isFrozen(lm.head)}
      return linearCrossEntropy(rows, lm.head, nextTokens(labels as Tensor2D), options)
    },
  }
}

function sequence(model: SequenceModel, shape: readonly [number, number]): Objective {
  const tokens: Spec = {dtype: 'int32', shape}
  const texts: Named<Spec> = {input_ids: tokens, attention_mask: tokens}
  const labels = labelSpec(model.labels, shape[0])
  return {
    inputs: model.types ? {...texts, token_type_ids: tokens, labels} : {...texts, labels},
    loss(scope, {input_ids, attention_mask, token_type_ids, labels}) {
      const [ids, mask] = [input_ids as Tensor2D, attention_mask as Tensor2D]
      return classifierLoss(model.build(scope).logits(ids, mask, token_type_ids as Tensor2D | undefined), labels)
    },
  }
}

function image(model: ImageModel, rows: number): Objective {
  return {
    inputs: {pixel_values: {dtype: 'float32', shape: [rows, ...model.image]}, labels: labelSpec(model.labels, rows)},
    loss: (scope, {pixel_values, labels}) => classifierLoss(model.build(scope).logits(pixel_values), labels),
  }
}

const labelSpec = (labels: number, rows: number): Spec => ({dtype: labels === 1 ? 'float32' : 'int32', shape: [rows]})

/**
 * The mean over the rows with an example: of the cross-entropy, or of the squared error if there is one logit. logits (B, L),
 * labels (B) int32 with −100 for no label, or float32 with NaN for none → a scalar
 */
export function classifierLoss(logits: Tensor2D, labels: Tensor): Scalar {
  const [B, L] = logits.shape
  return L === 1 ? squaredError(tf.reshape(logits, [B]), labels) : crossEntropy(logits, labels as Tensor1D)
}
