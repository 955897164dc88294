import {type Shape, type Stored, size} from '../engine/program.ts'
import {bucket} from '../train/batch.ts'
import {layout} from '../train/layout.ts'
import {trainingStepOf} from '../train/step.ts'
import {type Blueprint, openBlueprint} from './experiment.ts'
import type {Recipe} from './schema.ts'

/** What a run would train and need, from shapes alone. */
export interface Preview {
  readonly recipe: string
  readonly method: string
  readonly modules: readonly {readonly path: string; readonly weight: Shape; readonly params: number}[]
  /** Tensors of the checkpoint that train whole. */
  readonly whole: readonly {readonly name: string; readonly shape: Shape}[]
  /** Trainable numbers, exactly. */
  readonly params: number
  readonly modelParams: number
  readonly memory: {
    /** Frozen tensors, mapped from their files: float32, or 16 bits where the checkpoint has them. */
    readonly frozenBytes: number
    /** θ, its gradient and AdamW's two moments. */
    readonly trainableBytes: number
    /** Activations and other intermediate results of one micro-batch at the greatest length. */
    readonly workingBytes: number
  }
}

/** Reads nothing but the model's config.json. */
export async function preview(recipe: Recipe): Promise<Preview> {
  const blueprint = await openBlueprint(recipe)
  const {plan, model} = blueprint
  const modelParams = Object.values(model.shapes).reduce((n, shape) => n + size(shape), 0)
  return {
    recipe: recipe.name,
    method: recipe.adapter.method,
    modules: plan.modules.map(({path, weight, trainable}) => ({
      path,
      weight,
      params: Object.values(trainable).reduce((n, shape) => n + size(shape), 0),
    })),
    whole: plan.whole.map(name => ({name, shape: plan.trainable[name]})),
    params: plan.count,
    modelParams,
    memory: {
      trainableBytes: 4 * 4 * plan.count,
      ...(recipe.train ? await stepBytes(blueprint) : {frozenBytes: 4 * modelParams, workingBytes: 0}),
    },
  }
}

/** Traces a training step at the greatest length: what it reads and what it keeps follow from shapes. */
async function stepBytes({recipe, plan, model}: Blueprint): Promise<{frozenBytes: number; workingBytes: number}> {
  const {trace} = await import('../engine/trace.ts')
  const {microBatch, maxTokens, recompute} = recipe.train!
  const dropout = 'dropout' in recipe.adapter ? recipe.adapter.dropout : 0
  const slots = layout(Object.entries(plan.trainable).map(([name, shape]) => ({name, shape})))
  const weights: Record<string, Stored> = {}
  for (const [name, shape] of Object.entries(model.shapes))
    if (!(name in plan.trainable)) weights[name] = placeholder(shape)
  for (const [name, shape] of Object.entries(plan.shared)) weights[name] = placeholder(shape)
  for (const {path, frozen} of plan.modules) {
    for (const [name, shape] of Object.entries(frozen)) {
      weights[`${path}.frozen.${name}`] = placeholder(shape, /^s_(row|col)$/.test(name) ? 'int32' : 'float32')
    }
  }
  const training = {model, plan, layout: slots, weights, dropout, recompute}
  const {step, inputs} = trainingStepOf(training, microBatch, bucket(maxTokens))
  const {weightBytes, workingBytes} = trace(step, {inputs, weights})
  return {frozenBytes: weightBytes, workingBytes}
}

/** Stands for a tensor whose numbers nobody will read. */
const placeholder = (shape: Shape, dtype: 'float32' | 'int32' = 'float32'): Stored => ({
  dtype,
  shape,
  at: {file: '/', offset: 0, bytes: 4 * size(shape)},
})
