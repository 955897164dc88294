import {type AdaptedModule, attached, type Plan} from '../adapters/plan.ts'
import {Fault} from '../engine/fault.ts'
import type {Data, Engine, Named, Program, Spec, Step, Stored} from '../engine/program.ts'
import {type CausalModel, type Model, modelFor} from '../models/index.ts'
import {nextTokens} from '../models/layers.ts'
import {scope} from '../models/scope.ts'
import {linearCrossEntropy} from '../tensor/cross-entropy.ts'
import {dropout, dropVector} from '../tensor/dropout.ts'
import {random} from '../tensor/random.ts'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import * as tf from '../tensor/tf.ts'
import type {Layout} from './layout.ts'
import type {ProgramFor} from './programs.ts'

export interface TrainingStep {
  readonly model: Model
  readonly plan: Plan
  readonly layout: Layout
  /** The frozen tensors: the checkpoint's own and the adapters'. */
  readonly weights: Named<Stored>
  /** The share of an adapted module's input entries that its adapter does not see. */
  readonly dropout?: number
  readonly recompute?: boolean
}

/**
 * Compiles one forward and backward pass of a causal model for micro-batches of (B, T): feeds `theta` (P), `input_ids`
 * and `labels` int32 (B, T), padded on the right, `seed` int32 (1); answers `loss`, the mean cross-entropy of the
 * next token over the counted labels, and `grad` (P).
 */
export function trainingPrograms(engine: Engine, training: TrainingStep): ProgramFor {
  return async (rows, length) => {
    const {step, inputs} = trainingStepOf(training, rows, length)
    const program = await engine.compile(step, {inputs, weights: training.weights})
    return training.dropout ? withDropVectors(program, training.plan.modules, rows * length) : program
  }
}

/** The step itself and what it is fed, for micro-batches of `rows` × `length`. */
export function trainingStepOf(
  training: TrainingStep,
  rows: number,
  length: number,
): {step: Step; inputs: Named<Spec>} {
  const inputs: Record<string, Spec> = {
    theta: {dtype: 'float32', shape: [training.layout.size]},
    input_ids: {dtype: 'int32', shape: [rows, length]},
    labels: {dtype: 'int32', shape: [rows, length]},
  }
  for (const {path, weight} of training.dropout ? training.plan.modules : []) {
    inputs[`${path}.rows`] = {dtype: 'int32', shape: [rows * length]}
    inputs[`${path}.columns`] = {dtype: 'int32', shape: [weight[1]]}
  }
  const model = modelFor('causal-lm', training.model, 'this step')
  return {step: causalStep({...training, model}), inputs}
}

function causalStep({
  model,
  plan,
  layout,
  dropout: rate = 0,
  recompute,
}: TrainingStep & {readonly model: CausalModel}): Step {
  return (inputs, weights) => {
    const used = new Set<string>()
    const pass = (path: string) => {
      used.add(path)
      const drop = (x: Tensor) =>
        rate ? dropout(x, {rate, rows: inputs[`${path}.rows`], columns: inputs[`${path}.columns`]}) : x
      return {drop}
    }
    const {value, grad} = tf.valueAndGrad(theta => {
      const lm = model.build(
        scope({
          tensors: {...weights, ...unpackTensors(layout, theta)},
          trainable: layout.slots.map(({name}) => name),
          adapted: attached(plan, pass),
          recompute,
        }),
      )
      const h = lm.hidden(inputs.input_ids as Tensor2D) // (B, T, C); what is padded on the right, nothing real reads
      const idle = plan.modules.find(({path}) => !used.has(path))
      if (idle) throw new Fault('recipe', `adapter.targets: the model never multiplies by ${idle.path}`)
      const rows = tf.reshape(h, [-1, h.shape[2] as number]) as Tensor2D
      return linearCrossEntropy(rows, lm.head, nextTokens(inputs.labels as Tensor2D))
    })(inputs.theta)
    return {loss: tf.reshape(value, [1]), grad}
  }
}

/** The trainables as tensors: pieces of the flat vector. */
export function unpackTensors({slots}: Layout, theta: Tensor): Record<string, Tensor> {
  const sizes = slots.map(({from, to}) => to - from)
  const pieces = tf.split(theta, sizes, 0)
  return Object.fromEntries(slots.map(({name, shape}, i) => [name, tf.reshape(pieces[i], [...shape])]))
}

/** Draws what a step drops from the one number `seed`, for each adapted module by its path. */
function withDropVectors(program: Program, modules: readonly AdaptedModule[], rows: number): Program {
  return {
    run({seed, ...feeds}) {
      const source = random(seed[0])
      const vectors: Record<string, Data> = {}
      for (const {path, weight} of modules) {
        vectors[`${path}.rows`] = dropVector(source.fork(`${path}.rows`), rows)
        vectors[`${path}.columns`] = dropVector(source.fork(`${path}.columns`), weight[1])
      }
      return program.run({...feeds, ...vectors})
    },
    dispose: () => program.dispose(),
  }
}
