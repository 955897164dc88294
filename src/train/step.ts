import {attached, type Plan} from '../adapters/plan.ts'
import {Fault} from '../engine/fault.ts'
import type {Data, Engine, Named, Program, Spec, Step, Stored} from '../engine/program.ts'
import type {Model} from '../models/index.ts'
import {nextTokens} from '../models/layers.ts'
import {scope} from '../models/scope.ts'
import {linearCrossEntropy} from '../tensor/cross-entropy.ts'
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
  /** The share of what the adapter's dropout drops at each module. */
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
    return training.dropout ? withDraws(program, training, rows * length) : program
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
    const specs = training.plan.adapter?.dropout?.specs(weight, rows * length) ?? {}
    for (const [name, spec] of Object.entries(specs)) inputs[`${path}.${name}`] = spec
  }
  return {step: causalStep(training), inputs}
}

function causalStep({model, plan, layout, dropout: rate = 0, recompute}: TrainingStep): Step {
  return (inputs, weights) => {
    const used = new Set<string>()
    const pass = (path: string) => {
      used.add(path)
      return {rate, drawn: within(inputs, `${path}.`)}
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

/** Those whose names begin with `prefix`, by the rest of the name. */
function within<T>(all: Named<T>, prefix: string): Record<string, T> {
  const chosen = Object.entries(all).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(chosen.map(([name, value]) => [name.slice(prefix.length), value]))
}

/** Draws what a step drops from the one number `seed`, for each adapted module by its path. */
function withDraws(program: Program, {plan, dropout: rate = 0}: TrainingStep, rows: number): Program {
  return {
    run({seed, ...feeds}) {
      const source = random(seed[0])
      const drawn: Record<string, Data> = {}
      for (const {path, weight} of plan.modules) {
        const vectors = plan.adapter?.dropout?.draw(weight, {rows, rate, random: source.fork(path)}) ?? {}
        for (const [name, data] of Object.entries(vectors)) drawn[`${path}.${name}`] = data
      }
      return program.run({...feeds, ...drawn})
    },
    dispose: () => program.dispose(),
  }
}
