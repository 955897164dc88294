import {type Shape, size} from '../engine/program.ts'
import type {Model} from '../models/model.ts'
import {placeholders, storedBytes} from '../recipes/data/placeholder-weights.ts'
import type {Decision} from '../recipes/file/profile.ts'
import {processBytes, type TrainingMemory, trainableBytes} from '../recipes/memory/check-memory.ts'
import {type KnownNeeds, stepNeeds, trainedLength} from '../recipes/memory/step-needs.ts'
import type {Blueprint} from '../recipes/opened-model.ts'

/** The parameters that a run would train and the memory that it would need, from shapes alone. */
export interface Preview {
  readonly recipe: string
  readonly method: string
  /** Who decided each switch on which the paper and its code differ. */
  readonly decisions: readonly Decision[]
  readonly modules: readonly {readonly path: string; readonly weight: Shape; readonly params: number}[]
  /** Tensors of the checkpoint that train whole. */
  readonly whole: readonly {readonly name: string; readonly shape: Shape}[]
  /** The number of trainable parameters. */
  readonly params: number
  readonly modelParams: number
  readonly memory: TrainingMemory
}

/** Counts what a blueprint trains, and the memory that training takes. */
export async function preview(
  blueprint: Blueprint,
  {decisions = [], known}: {readonly decisions?: readonly Decision[]; readonly known?: KnownNeeds} = {},
): Promise<Preview> {
  const {recipe, plan, model} = blueprint
  return {
    recipe: recipe.name,
    method: recipe.adapter.method,
    decisions,
    modules: plan.modules.map(({path, weight, count}) => ({path, weight, params: count})),
    whole: plan.whole.map(name => ({name, shape: plan.trainable[name]})),
    params: plan.count,
    modelParams: countModelParams(model),
    memory: await trainingMemory(blueprint, known),
  }
}

/** The number of parameters of a model, as a checkpoint stores them. */
export const countModelParams = ({shapes}: Pick<Model, 'shapes'>): number =>
  Object.values(shapes).reduce((sum, shape) => sum + size(shape), 0)

/** The needs of a micro-batch at the greatest length, or of a model that only generates. */
async function trainingMemory(blueprint: Blueprint, known?: KnownNeeds): Promise<TrainingMemory> {
  const {recipe, model, config, plan} = blueprint
  const {frozenBytes, convertedBytes, workingBytes} = recipe.train
    ? await stepNeeds(blueprint, {length: trainedLength(model, recipe.train.maxTokens), known})
    : {frozenBytes: storedBytes(placeholders(model.shapes, config)), convertedBytes: 0, workingBytes: 0}
  return {
    frozenBytes,
    convertedBytes,
    trainableBytes: trainableBytes(plan),
    workingBytes,
    processBytes: processBytes(recipe),
  }
}
