import {type AdapterPlan, attached} from '../adapters/plan.ts'
import {Fault} from '../base/fault.ts'
import type {Engine, Named, Program, Spec, Step, Stored} from '../engine/program.ts'
import type {Model} from '../models/model.ts'
import {scope} from '../models/scope.ts'
import {random} from '../tensor/random.ts'
import type {Tensor} from '../tensor/tf.ts'
import * as tf from '../tensor/tf.ts'
import {type Drops, dropsOf} from './drops.ts'
import type {Layout} from './layout.ts'
import {type Objective, objective} from './loss.ts'
import type {ProgramFor} from './programs.ts'

export interface TrainingStep {
  readonly model: Model
  readonly plan: AdapterPlan
  readonly layout: Layout
  /** The frozen tensors: the checkpoint's own and the adapters'. */
  readonly weights: Named<Stored>
  /** The share of what the adapter's dropout drops at each module. */
  readonly dropout?: number
  /** Whether the model itself drops entries, at the rates of its config. */
  readonly modelDropout?: boolean
  readonly recompute?: boolean
}

/**
 * Compiles one forward and backward pass for micro-batches of B rows: feeds `theta` (P), `seed` int32 (1) and
 * - of a causal model `input_ids` and `labels` int32 (B, T), padded on the right,
 * - of a classifier of texts `input_ids`, `attention_mask` and, all 0 where absent, `token_type_ids` int32 (B, T),
 * - of a classifier of images `pixel_values` (B, channels, height, width),
 * - of both `labels` (B): int32, −100 in a row without an example, or for one label float32, NaN in such a row;
 *
 * answers `loss`, the mean over the counted labels, and `grad` (P).
 */
export function trainingPrograms(engine: Engine, training: TrainingStep): ProgramFor {
  return async (rows, length) => {
    const {step, inputs, drops} = trainingStepOf(training, rows, length)
    const program = await engine.compile(step, {inputs, weights: training.weights})
    return filledIn(program, inputs, drops)
  }
}

export interface ShapedStep {
  readonly step: Step
  readonly inputs: Named<Spec>
  /** What it drops; what it draws for that is among the inputs. */
  readonly drops: Drops
}

/** The step itself and what it is fed, for micro-batches of `rows` × `length`. */
export function trainingStepOf(training: TrainingStep, rows: number, length: number): ShapedStep {
  const {model, plan, dropout = 0, modelDropout = false} = training
  const goal = objective(model, rows, length)
  const drops = dropsOf({model, plan, rate: dropout, own: modelDropout}, [rows, length])
  const theta: Spec = {dtype: 'float32', shape: [training.layout.size]}
  return {step: stepOf(training, goal, drops), inputs: {theta, ...goal.inputs, ...drops.inputs}, drops}
}

function stepOf({plan, layout, recompute}: TrainingStep, goal: Objective, drops: Drops): Step {
  return (inputs, weights) => {
    const used = new Set<string>()
    const pass = (path: string, rows: number) => {
      used.add(path)
      return drops.pass(inputs, path, rows)
    }
    const {value, grad} = tf.valueAndGrad(theta => {
      const top = scope({
        tensors: {...weights, ...unpackTensors(layout, theta)},
        trainable: layout.slots.map(({name}) => name),
        adapted: attached(plan, pass),
        dropped: path => drops.place(inputs, path),
        recompute,
      })
      const loss = goal.loss(top, inputs)
      const idle = plan.modules.find(({path}) => !used.has(path))
      if (idle) throw new Fault('recipe', `adapter.targets: the model never multiplies by ${idle.path}`)
      return loss
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

/** Draws what a step drops from the one number `seed`; texts without token types are of type 0. */
function filledIn(program: Program, inputs: Named<Spec>, drops: Drops): Program {
  const types = inputs.token_type_ids
  const none = types && {token_type_ids: new Int32Array(types.shape[0] * types.shape[1])}
  return {
    run: ({seed, ...feeds}) => program.run({...none, ...feeds, ...(seed ? drops.draw(random(seed[0])) : {})}),
    dispose: () => program.dispose(),
  }
}
