import {methodOf} from '../../adapters/index.ts'
import type {ProgramCost} from '../../engine/graph-cost.ts'
import {PARTS_FROM} from '../../engine/parts.ts'
import type {Named, Stored, StoredDType} from '../../engine/program.ts'
import type {SlidingWindow} from '../../models/layers/sliding-window.ts'
import type {Model} from '../../models/model.ts'
import {paddedLength} from '../../train/batch.ts'
import {type Layout, layout} from '../../train/layout.ts'
import {shapeTrainingStep, type TrainingStep} from '../../train/step.ts'
import {openBlueprint} from '../blueprint.ts'
import {matrixType, placeholder, placeholders} from '../data/placeholder-weights.ts'
import {programCost} from '../data/program-cost.ts'
import {bucketSpacing} from '../data/task-data.ts'
import type {Recipe, RecipeTraining} from '../file/schema.ts'
import type {Blueprint} from '../opened-model.ts'

/**
 * Estimates the cost of a micro-batch of texts of `length` tokens, without the trainable parameters, from shapes alone. All
 * blocks of a model cost the same (with sliding windows, blocks one period apart do), so two shallow models determine the cost
 * of one of any depth. A recipe that names its blocks is traced whole, and so is full fine-tuning: its peak lies at the
 * embedding's gradient in a shallow model and in the blocks of a deep one.
 */
export async function estimateStepCost(
  blueprint: Blueprint,
  {length, tiles = true, dtype, known = new Map()}: StepCostOptions,
): Promise<ProgramCost> {
  const {model, adapter, train, engine} = blueprint.recipe
  // tasks differ only in the few rows of a head, so the task is not part of the key
  const key = JSON.stringify([
    engine === 'openvino',
    placesResults(blueprint.recipe),
    model,
    adapter,
    train?.microBatch,
    train?.recompute,
    length,
    tiles,
    dtype,
  ])
  const cost = known.get(key) ?? (await modelCost(blueprint, {length, tiles, dtype}))
  known.set(key, cost)
  return cost
}

export interface StepShape {
  readonly length: number
  /** Compute wide values in column tiles, as a run does. Without, they take more memory, the same work and half the time to trace. */
  readonly tiles?: boolean
  /** Pass trainables and gradients in parts; default: as a run does. */
  readonly parts?: boolean
}

export interface StepCostOptions extends StepShape {
  /** The type of the checkpoint's tensors; the one that its config names, if the tensors were not read. */
  readonly dtype?: StoredDType | undefined
  readonly known?: KnownCosts
}

/** Costs that were estimated before, by everything that they depend on. */
export type KnownCosts = Map<string, ProgramCost>

async function modelCost(whole: Blueprint, {dtype, ...shape}: StepCostOptions): Promise<ProgramCost> {
  const {recipe, config, model} = whole
  const types = dtype === undefined ? config : {torch_dtype: dtype}
  const parts = hasParts(whole) // as in the whole model, however few parameters a shallow one trains
  const costOf = async (blueprint: Blueprint) =>
    traceStepCost(blueprint, {tensors: placeholders(blueprint.model.shapes, types), parts, ...shape})
  const blocks = Number(config.num_hidden_layers ?? config.n_layers ?? config.n_layer)
  const period = windowOf(model)?.period ?? 1
  // with a block of each kind; a classifier's last one computes less than the others
  const least = period + (model.task === 'causal-lm' ? 0 : 1)
  const few = least + ((blocks - least) % period)
  const isEven = 'targets' in recipe.adapter && !namesBlocks(recipe)
  if (!isEven || !(blocks > few + period)) return costOf(whole)

  const labels = 'labels' in model ? model.labels : undefined
  const shallow = async (blocks: number) => costOf(await openBlueprint(recipe, {blocks, labels}))
  return extrapolate(await shallow(few), await shallow(few + period), (blocks - few) / period)
}

const windowOf = (model: Model): SlidingWindow | undefined => {
  if (model.task === 'causal-lm') return model.cache.window
  return model.task === 'sequence-classification' ? model.window : undefined
}

/** The recipe's settings of training. Only a recipe that trains something has them. */
export function trainingSettings({name, train}: Recipe): RecipeTraining {
  if (!train) throw new Error(`${name}: the recipe trains nothing`)
  return train
}

/** Whether a target or a learning rate names a block by its number, of which ? may be a digit. */
function namesBlocks({adapter, train}: Recipe): boolean {
  const targets = 'targets' in adapter ? adapter.targets : []
  return [...targets, ...Object.keys(train?.lrs ?? {})].some(name => /[\d?]/.test(name.replace(/\w*[a-z_]\w*/gi, '')))
}

/** The padded length of programs that train on texts of at most `tokens` tokens; 1 for images. */
export function trainedLength({model, recipe}: Pick<Blueprint, 'model' | 'recipe'>, tokens: number): number {
  if (model.task === 'image-classification') return 1
  const longAbove = model.task === 'causal-lm' ? model.cache.longAbove : undefined
  return paddedLength(tokens, {longest: model.longest, longAbove, spacing: bucketSpacing(recipe.engine)})
}

/** The training step of a recipe, whose frozen tensors are `weights`. */
export function trainingStep(
  {recipe, plan, model}: Pick<Blueprint, 'recipe' | 'plan' | 'model'>,
  slots: Layout,
  weights: Named<Stored>,
): TrainingStep {
  const {recompute} = trainingSettings(recipe)
  const dropout = 'dropout' in recipe.adapter ? recipe.adapter.dropout : 0
  return {model, plan, layout: slots, weights, dropout, modelDropout: true, recompute}
}

/** Whether the engine of a recipe writes gradients to one vector, in which they stay. */
export const placesResults = ({engine, device = 'cpu'}: Recipe): boolean =>
  engine === 'openvino' || (engine === 'onnx' && device === 'cpu')

/** Whether trainables and gradients are passed in parts: with openvino all, with onnx long ones (see parts.ts). */
const hasParts = ({recipe, plan}: Pick<Blueprint, 'recipe' | 'plan'>): boolean =>
  placesResults(recipe) && (recipe.engine === 'openvino' || plan.count >= PARTS_FROM)

/** Traces a training step for texts of `length` tokens: what it reads of `tensors` and what it keeps follow from shapes. */
export async function traceStepCost(
  {recipe, plan, model}: Blueprint,
  {tensors, length, tiles = true, parts = hasParts({recipe, plan})}: StepShape & {readonly tensors: Named<Stored>},
): Promise<ProgramCost> {
  const {microBatch} = trainingSettings(recipe)
  const slots = layout(plan.trainable)
  const weights: Record<string, Stored> = {}
  for (const [name, shape] of Object.entries(model.shapes))
    if (!(name in plan.trainable)) weights[name] = placeholder(shape)
  for (const [name, shape] of Object.entries(plan.shared)) weights[name] = placeholder(shape)
  const {factorizes} = methodOf(recipe.adapter)
  for (const [name, {shape, dtype}] of Object.entries(plan.frozen))
    weights[name] = placeholder(shape, factorizes && dtype === 'float32' ? matrixType(recipe, shape) : dtype)
  const frozen = Object.fromEntries(Object.entries(tensors).filter(([name]) => name in weights))
  const stored = {...weights, ...frozen}
  const training = trainingStep({recipe, plan, model}, slots, stored)
  const costOf = (rows: number): Promise<ProgramCost> => {
    const {step, inputs} = shapeTrainingStep(training, rows, length)
    return programCost(recipe, step, {inputs, weights: stored, tiles, parts})
  }
  const half = Math.max(1, Math.floor(Math.min(MOST_ROWS, MOST_TOKENS / length) / 2))
  if (microBatch <= 2 * half) return costOf(microBatch)
  return extrapolate(await costOf(half), await costOf(2 * half), microBatch / half - 2)
}

/** Larger micro-batches are not traced: beyond these, wide values are computed in more tiles, and costs grow with the rows. */
const MOST_ROWS = 4096
const MOST_TOKENS = 32_768

/** Extrapolates costs: adds the difference between `two` and `one` to `one`, `steps` times. */
const extrapolate = (one: ProgramCost, two: ProgramCost, steps: number): ProgramCost => {
  const at = (key: keyof ProgramCost) => one[key] + steps * (two[key] - one[key])
  return {
    frozenBytes: at('frozenBytes'),
    convertedBytes: at('convertedBytes'),
    workingBytes: at('workingBytes'),
    flops: at('flops'),
    movedBytes: at('movedBytes'),
    kernels: at('kernels'),
  }
}

/**
 * Limits batch and micro-batch to the number of examples, as training does. The result is for estimates alone: a run is
 * identified by the recipe as it is written.
 */
export function clipBatch(recipe: Recipe, examples = Number.POSITIVE_INFINITY): Recipe {
  const {train} = recipe
  if (!train) return recipe
  const least = (rows: number) => Math.max(1, Math.min(rows, examples))
  return {...recipe, train: {...train, batch: least(train.batch), microBatch: least(train.microBatch)}}
}
