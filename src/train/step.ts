import {attached, prepareModules} from '../adapters/attach.ts'
import type {AdapterPlan} from '../adapters/plan.ts'
import {Fault} from '../base/fault.ts'
import type {Engine, Named, Program, ShapedStep, Spec, Step, Stored} from '../engine/program.ts'
import {scope} from '../models/layers/scope.ts'
import type {Model} from '../models/model.ts'
import {random} from '../tensor/random.ts'
import {type Tensor, tf} from '../tensor/tf.ts'
import type {Layout} from './layout.ts'
import {type Objective, objective} from './loss.ts'
import type {ProgramFor} from './programs.ts'
import {planDropout, type StepDropout} from './step-dropout.ts'

export interface TrainingStep {
  readonly model: Model
  readonly plan: AdapterPlan
  readonly layout: Layout
  /** The frozen tensors: the checkpoint's own and the adapters'. */
  readonly weights: Named<Stored>
  /** The dropout rate of the adapter. */
  readonly dropout?: number
  /** Whether the model's own dropout is applied, at the rates of its config. */
  readonly modelDropout?: boolean
  readonly recompute?: boolean
}

/**
 * Compiles one forward and backward pass for micro-batches of B rows. Its feeds are `theta` (P), `seed` int32 (1) and
 * - for a causal model `input_ids` and `labels` int32 (B, T), padded on the right,
 * - for a text classifier `input_ids`, `attention_mask` and, all 0 if absent, `token_type_ids` int32 (B, T),
 * - for an image classifier `pixel_values` (B, channels, height, width),
 * - for both classifiers `labels` (B): int32, −100 in a row without an example, or for one label float32, NaN in such a row.
 *
 * It returns `loss`, the mean over the labels that count, and `grad` (P). All programs may return them in the same buffers: copy what
 * has to outlive the next run.
 */
export function trainingPrograms(engine: Engine, training: TrainingStep): ProgramFor {
  const results = new Map<string, ArrayBuffer>()
  return async (rows, length) => {
    const {step, inputs, dropout} = shapeTrainingStep(training, rows, length)
    const program = await engine.compile(step, {inputs, weights: training.weights, results})
    return addFeeds(program, inputs, dropout)
  }
}

/** The step for micro-batches of `rows` × `length`, and its dropout, whose random vectors are among the inputs. */
export function shapeTrainingStep(
  training: TrainingStep,
  rows: number,
  length: number,
): ShapedStep & {readonly dropout: StepDropout} {
  const {model, plan, dropout: rate = 0, modelDropout: own = false} = training
  const goal = objective(model, rows, length)
  const dropout = planDropout({model, plan, rate, own}, [rows, length])
  const theta: Spec = {dtype: 'float32', shape: [training.layout.size]}
  return {step: stepOf(training, goal, dropout), inputs: {theta, ...goal.inputs, ...dropout.inputs}, dropout}
}

function stepOf({plan, layout, recompute}: TrainingStep, goal: Objective, dropout: StepDropout): Step {
  return (inputs, weights) => {
    const used = new Set<string>()
    const pass = (path: string, rows: number) => {
      used.add(path)
      return dropout.forAdapter(inputs, path, rows)
    }
    const {value, grad} = tf.valueAndGrad(theta => {
      const trained = prepareModules(plan, unpackTensors(layout, theta))
      const top = scope({
        tensors: {...weights, ...trained},
        trainable: Object.keys(trained),
        adapted: attached(plan, pass),
        dropped: path => dropout.forModel(inputs, path),
        recompute,
      })
      const loss = goal.loss(top, inputs)
      const unused = plan.modules.find(({path}) => !used.has(path))
      if (unused) {
        const at = ['adapter', 'targets']
        throw new Fault('recipe', `adapter.targets: the model never multiplies by ${unused.path}`, {at})
      }
      return loss
    })(inputs.theta)
    return {loss: tf.reshape(value, [1]), grad}
  }
}

/** Splits the flat vector into the trainable tensors. */
export function unpackTensors({slots}: Layout, theta: Tensor): Record<string, Tensor> {
  const sizes = slots.map(({from, to}) => to - from)
  const pieces = tf.split(theta, sizes, 0)
  return Object.fromEntries(slots.map(({name, shape}, i) => [name, tf.reshape(pieces[i], [...shape])]))
}

/** A program that also feeds the random vectors for `seed`, and token type 0 to texts without token types. */
function addFeeds(program: Program, inputs: Named<Spec>, dropout: StepDropout): Program {
  const types = inputs.token_type_ids
  const zeros = types && {token_type_ids: new Int32Array(types.shape[0] * types.shape[1])}
  return {
    run({seed, ...feeds}) {
      const drawn = seed && dropout.draw(random(seed[0]))
      return program.run({...zeros, ...feeds, ...drawn})
    },
    dispose: () => program.dispose(),
  }
}
