import {bytesOf} from '../engine/graph.ts'
import {type Named, type Shape, type Stored, size} from '../engine/program.ts'
import type {ModelConfig} from '../models/config.ts'
import type {Model} from '../models/index.ts'
import {bucket} from '../train/batch.ts'
import {layout} from '../train/layout.ts'
import {trainingStepOf} from '../train/step.ts'
import {type Blueprint, checkTrainable, openBlueprint} from './experiment.ts'
import {placeholder} from './placeholder.ts'
import type {Decision} from './profile.ts'
import type {Recipe} from './schema.ts'

/** What a run would train and need, from shapes alone. */
export interface Preview {
  readonly recipe: string
  readonly method: string
  /** Who decided each switch on which the paper and its code differ. */
  readonly decisions: readonly Decision[]
  readonly modules: readonly {readonly path: string; readonly weight: Shape; readonly params: number}[]
  /** Tensors of the checkpoint that train whole. */
  readonly whole: readonly {readonly name: string; readonly shape: Shape}[]
  /** Trainable numbers, exactly. */
  readonly params: number
  readonly modelParams: number
  readonly memory: Memory
}

export interface Memory {
  /** Frozen tensors, mapped from their files: float32, or 16 bits where the checkpoint has them. */
  readonly frozenBytes: number
  /** θ, its gradient and AdamW's two moments. */
  readonly trainableBytes: number
  /** Activations and other intermediate results of one micro-batch at the greatest length. */
  readonly workingBytes: number
}

/** Reads nothing but the model's config.json. */
export async function preview(
  recipe: Recipe,
  {decisions = []}: {readonly decisions?: readonly Decision[]} = {},
): Promise<Preview> {
  const blueprint = await openBlueprint(recipe)
  checkTrainable(blueprint)
  const {plan, model, config} = blueprint
  const tensors = placeholders(model.shapes, config)
  const modelParams = Object.values(model.shapes).reduce((n, shape) => n + size(shape), 0)
  return {
    recipe: recipe.name,
    method: recipe.adapter.method,
    decisions,
    modules: plan.modules.map(({path, weight, trainable}) => ({
      path,
      weight,
      params: Object.values(trainable).reduce((n, shape) => n + size(shape), 0),
    })),
    whole: plan.whole.map(name => ({name, shape: plan.trainable[name]})),
    params: plan.count,
    modelParams,
    memory: recipe.train
      ? await trainingMemory(blueprint, {tensors, length: trainedLength(model, recipe.train.maxTokens)})
      : {frozenBytes: sumOf(tensors), trainableBytes: 0, workingBytes: 0},
  }
}

/** The length of programs that train on texts of so many tokens at most; 1 of images. */
export function trainedLength(model: Model, tokens: number): number {
  if (model.task === 'image-classification') return 1
  const longest = model.task === 'sequence-classification' ? model.longest : undefined
  return Math.min(bucket(tokens), longest ?? Number.POSITIVE_INFINITY)
}

/** Traces a training step for texts of `length` tokens: what it reads of `tensors` and what it keeps follow from shapes. */
export async function trainingMemory(
  {recipe, plan, model}: Blueprint,
  {tensors, length}: {readonly tensors: Named<Stored>; readonly length: number},
): Promise<Memory> {
  const {trace} = await import('../engine/trace.ts')
  const {microBatch, recompute} = recipe.train!
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
  const frozen = Object.fromEntries(Object.entries(tensors).filter(([name]) => name in weights))
  const stored = {...weights, ...frozen}
  const training = {model, plan, layout: slots, weights: stored, dropout, modelDropout: true, recompute}
  const {step, inputs} = trainingStepOf(training, microBatch, length)
  const {weightBytes, workingBytes} = trace(step, {inputs, weights: stored})
  return {frozenBytes: weightBytes, trainableBytes: 4 * 4 * plan.count, workingBytes}
}

/** A checkpoint that nobody has looked at: of the type that its config says. */
function placeholders(shapes: Named<Shape>, config: ModelConfig): Record<string, Stored> {
  const said = config.torch_dtype ?? config.dtype
  const dtype = said === 'bfloat16' || said === 'float16' ? said : 'float32'
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, placeholder(shape, dtype)]))
}

const sumOf = (tensors: Named<Stored>) =>
  Object.values(tensors).reduce((bytes, {dtype, shape}) => bytes + bytesOf(dtype, shape), 0)
