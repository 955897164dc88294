import {join} from 'node:path'
import {type Data, type Engine, type Named, type Step, size} from '../../src/engine/program.ts'
import {type CausalModel, modelFor, openModel} from '../../src/models/index.ts'
import {nextTokens} from '../../src/models/layers.ts'
import {scope} from '../../src/models/scope.ts'
import {linearCrossEntropy} from '../../src/tensor/cross-entropy.ts'
import type {Tensor, Tensor2D} from '../../src/tensor/tf.ts'
import * as tf from '../../src/tensor/tf.ts'
import {type Layout, layout} from '../../src/train/layout.ts'
import {unpackTensors} from '../../src/train/step.ts'
import {checkTensors, openCheckpoint} from '../../src/weights/checkpoint.ts'
import {type Found, judgeBy, type Measure, relativeError, worst} from './measure.ts'
import {mapValues, type Numbers, once, readAll, readTensors, within} from './tensors.ts'
import {lookUp} from './words.ts'

export interface ModelCase {
  readonly task: string
  readonly tolerance?: Named<number>
  /** Gradients that are 0 but for rounding. */
  readonly zeroGrads?: readonly string[]
}

/** A checkpoint's logits, its weights frozen where they lie; its loss and gradients, all of its weights training. */
export async function check(folder: string, golden: ModelCase, engine: Engine): Promise<Measure[]> {
  const checkpoint = await openCheckpoint(folder)
  const model = modelFor('causal-lm', openModel(checkpoint.config), `task ${golden.task}`)
  const steps = lookUp('task', TASKS, golden.task)
  checkTensors(checkpoint, model.shapes)
  const weights = mapValues(model.shapes, (_, name) => checkpoint.tensors[name])
  const slots = layout(Object.entries(model.shapes).map(([name, shape]) => ({name, shape})))
  const {answer, learn} = steps(model, slots)

  const inputs = await readTensors(join(folder, 'inputs.safetensors'))
  const expected = await readTensors(join(folder, 'expected.safetensors'))
  const theta = slots.pack(mapValues(await readAll(weights), ({data}) => data as Float32Array))
  const {logits} = await once(engine, answer, {inputs, weights})
  const {loss, grad} = await once(engine, learn, {inputs: {...inputs, theta: {shape: [slots.size], data: theta}}})

  const judge = judgeBy(golden.tolerance)
  const ours = slots.unpack(grad as Float32Array)
  const theirs = mapValues(within(expected, 'grad.'), ({data}) => data)
  const zero = golden.zeroGrads ?? []
  return [
    judge('logits', relativeError(realOnly(logits, inputs.attention_mask), expected.logits.data)),
    judge('loss', relativeError(loss, expected.loss.data)),
    judge('grads', worstGradient(ours, theirs, zero)),
    ...(zero.length ? [judge('zeroGrads', largestShare(ours, theirs, zero))] : []),
  ]
}

/** The two programs of a case: `answer` logits from weights, `learn` loss and gradient from a flat `theta`. */
type Steps = (model: CausalModel, slots: Layout) => {readonly answer: Step; readonly learn: Step}

const TASKS: Readonly<Record<string, Steps>> = {'causal-lm': causalSteps}

function causalSteps(model: CausalModel, slots: Layout): ReturnType<Steps> {
  const trainable = slots.slots.map(({name}) => name)
  const read = ({input_ids, attention_mask}: Named<Tensor>, tensors: Named<Tensor>) => {
    const lm = model.build(scope({tensors, trainable}))
    const h = lm.hidden(input_ids as Tensor2D, attention_mask as Tensor2D | undefined) // (B, T, C)
    return {head: lm.head, rows: tf.reshape(h, [-1, h.shape[2] as number]) as Tensor2D} // (B · T, C)
  }
  return {
    answer(inputs, weights) {
      const {head, rows} = read(inputs, weights)
      return {logits: tf.matMul(rows, head, false, true)} // (B · T, V)
    },
    learn(inputs) {
      const {value, grad} = tf.valueAndGrad(theta => {
        const {head, rows} = read(inputs, unpackTensors(slots, theta))
        return linearCrossEntropy(rows, head, nextTokens(inputs.labels as Tensor2D))
      })(inputs.theta)
      return {loss: tf.reshape(value, [1]), grad}
    },
  }
}

/** Logits (B · T, V) with 0 at padding, as the reference's are. */
function realOnly(logits: Data, mask: Numbers | undefined): ArrayLike<number> {
  if (mask === undefined) return logits
  const V = logits.length / size(mask.shape)
  return logits.map((value, i) => (mask.data[Math.floor(i / V)] ? value : 0))
}

function worstGradient(ours: Named<Data>, theirs: Named<Data>, zero: readonly string[]): Found {
  const compared = Object.keys(theirs).filter(name => !zero.includes(name))
  return worst(compared.map(name => ({error: relativeError(ours[name], theirs[name]), at: name})))
}

/** Of gradients that are 0 but for rounding: how large their entries are beside the largest of all. */
function largestShare(ours: Named<Data>, theirs: Named<Data>, zero: readonly string[]): Found {
  const largest = Math.max(...Object.values(theirs).map(peak))
  return worst(zero.map(name => ({error: name in ours ? peak(ours[name]) / largest : Infinity, at: name})))
}

/** The largest |entry|, infinite if one is no number. */
function peak(data: Data): number {
  let largest = 0
  for (const value of data) largest = Math.max(largest, Number.isNaN(value) ? Infinity : Math.abs(value))
  return largest
}
