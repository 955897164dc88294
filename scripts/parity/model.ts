import {join} from 'node:path'
import {mapValues, withPrefix} from '../../src/base/collections.ts'
import {type Data, type Engine, type Named, type Step, size} from '../../src/engine/program.ts'
import {type Scope, scope} from '../../src/models/layers/scope.ts'
import type {CausalModel, Model} from '../../src/models/model.ts'
import {capLogits, linearCrossEntropy, nextTokens} from '../../src/tensor/cross-entropy.ts'
import {type Scalar, type Tensor, type Tensor2D, tf} from '../../src/tensor/tf.ts'
import {type Layout, layout} from '../../src/train/layout.ts'
import {classifierLoss} from '../../src/train/loss.ts'
import {unpackTensors} from '../../src/train/step.ts'
import {checkTensors} from '../../src/weights/checkpoint.ts'
import {type Comparison, comparison, type Found, type Measure, worst} from './measure.ts'
import {openCase} from './open-case.ts'
import {type Numbers, once, readAll, readTensors} from './tensors.ts'

export interface ModelCase {
  readonly task: string
  readonly tolerance?: Named<number>
  /** Gradients that are 0 except for rounding. */
  readonly zeroGrads?: readonly string[]
}

/** Checks a checkpoint's logits with frozen weights, and its loss and gradients with all weights trainable. */
export async function check(folder: string, golden: ModelCase, engine: Engine): Promise<Measure[]> {
  const {checkpoint, model} = await openCase(folder, golden)
  const weights = checkTensors(checkpoint, model)
  const slots = layout(model.shapes)
  const {ask, learn} = programsOf(model, slots)

  const inputs = await readTensors(join(folder, 'inputs.safetensors'))
  const expected = await readTensors(join(folder, 'expected.safetensors'))
  const theta = slots.pack(mapValues(await readAll(weights), ({data}) => data as Float32Array))
  const {logits} = await once(engine, ask, {inputs, weights})
  const {loss, grad} = await once(engine, learn, {inputs: {...inputs, theta: {shape: [slots.size], data: theta}}})

  const {judge, outputError, gradientError} = comparison(engine, golden.tolerance)
  const ours = slots.unpack(grad as Float32Array)
  const theirs = mapValues(withPrefix(expected, 'grad.'), ({data}) => data)
  const zero = golden.zeroGrads ?? []
  return [
    judge(
      'logits',
      outputError(model.task === 'causal-lm' ? realOnly(logits, inputs.attention_mask) : logits, expected.logits.data),
    ),
    judge('loss', outputError(loss, expected.loss.data)),
    judge('grads', worstGradient(ours, theirs, {zero, gradientError})),
    ...(zero.length ? [judge('zeroGrads', largestShare(ours, theirs, zero))] : []),
  ]
}

/** A model applied to a case's inputs: its logits, one row per text, image or token, and their loss. */
interface Answer {
  readonly logits: () => Tensor
  readonly loss: () => Scalar
}

function answer(model: Model, scope: Scope, inputs: Named<Tensor>): Answer {
  if (model.task === 'causal-lm') return causalAnswer(model, scope, inputs)
  const {input_ids: ids, attention_mask: real, token_type_ids: types, pixel_values: pixels, labels} = inputs
  const logits = () =>
    model.task === 'image-classification'
      ? model.build(scope).logits(pixels)
      : model.build(scope).logits(ids as Tensor2D, real as Tensor2D, types as Tensor2D | undefined)
  return {logits, loss: () => classifierLoss(logits(), labels)}
}

function causalAnswer(model: CausalModel, scope: Scope, {input_ids, attention_mask, labels}: Named<Tensor>): Answer {
  const lm = model.build(scope)
  const rows = () => {
    const h = lm.hidden(input_ids as Tensor2D, attention_mask as Tensor2D | undefined) // (B, T, C)
    return tf.reshape(h, [-1, h.shape[2] as number]) as Tensor2D
  }
  return {
    logits: () => capLogits(tf.matMul(rows(), lm.head, false, true), lm.logitCap), // (B · T, V)
    loss: () => linearCrossEntropy(rows(), lm.head, nextTokens(labels as Tensor2D), {cap: lm.logitCap}),
  }
}

/** The two programs of a case: `ask` computes logits from weights, `learn` loss and gradient from a flat `theta`. */
function programsOf(model: Model, slots: Layout): {readonly ask: Step; readonly learn: Step} {
  const trainable = slots.slots.map(({name}) => name)
  return {
    ask: (inputs, tensors) => ({logits: answer(model, scope({tensors, trainable}), inputs).logits()}),
    learn(inputs) {
      const {value, grad} = tf.valueAndGrad(theta => {
        const tensors = unpackTensors(slots, theta)
        return answer(model, scope({tensors, trainable}), inputs).loss()
      })(inputs.theta)
      return {loss: tf.reshape(value, [1]), grad}
    },
  }
}

/** Logits (B · T, V) with 0 at padding, as in the reference. */
function realOnly(logits: Data, mask: Numbers | undefined): ArrayLike<number> {
  if (mask === undefined) return logits
  const V = logits.length / size(mask.shape)
  return logits.map((value, i) => (mask.data[Math.floor(i / V)] ? value : 0))
}

function worstGradient(
  ours: Named<Data>,
  theirs: Named<Data>,
  {zero, gradientError}: Pick<Comparison, 'gradientError'> & {readonly zero: readonly string[]},
): Found {
  const compared = Object.keys(theirs).filter(name => !zero.includes(name))
  return worst(compared.map(name => ({error: gradientError(ours[name], theirs[name]), at: name})))
}

/** For gradients that are 0 except for rounding: their largest entry, relative to the largest of all gradients. */
function largestShare(ours: Named<Data>, theirs: Named<Data>, zero: readonly string[]): Found {
  const largest = Math.max(...Object.values(theirs).map(peak))
  return worst(zero.map(name => ({error: name in ours ? peak(ours[name]) / largest : Infinity, at: name})))
}

/** Returns the largest absolute value, infinite if one is NaN. */
function peak(data: Data): number {
  let largest = 0
  for (const value of data) largest = Math.max(largest, Number.isNaN(value) ? Infinity : Math.abs(value))
  return largest
}
