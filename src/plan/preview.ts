import {bytesOf} from '../engine/graph.ts'
import {type Named, type Shape, type Stored, size} from '../engine/program.ts'
import {placeholders} from '../recipes/data/placeholder-weights.ts'
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
  const modelParams = Object.values(model.shapes).reduce((n, shape) => n + size(shape), 0)
  return {
    recipe: recipe.name,
    method: recipe.adapter.method,
    decisions,
    modules: plan.modules.map(({path, weight, count}) => ({path, weight, params: count})),
    whole: plan.whole.map(name => ({name, shape: plan.trainable[name]})),
    params: plan.count,
    modelParams,
    memory: await trainingMemory(blueprint, known),
  }
}

/** The needs of a micro-batch at the greatest length, or of a model that only generates. */
async function trainingMemory(blueprint: Blueprint, known?: KnownNeeds): Promise<TrainingMemory> {
  const {recipe, model, config, plan} = blueprint
  if (!recipe.train) {
    const bytes = sumOf(placeholders(model.shapes, config))
    return {
      frozenBytes: bytes,
      convertedBytes: 0,
      trainableBytes: 0,
      workingBytes: 0,
      processBytes: processBytes(recipe),
    }
  }
  const length = trainedLength(model, recipe.train.maxTokens)
  const {frozenBytes, convertedBytes, workingBytes} = await stepNeeds(blueprint, {length, known})
  return {
    frozenBytes,
    convertedBytes,
    trainableBytes: trainableBytes(plan),
    workingBytes,
    processBytes: processBytes(recipe),
  }
}

const sumOf = (tensors: Named<Stored>) =>
  Object.values(tensors).reduce((bytes, {dtype, shape}) => bytes + bytesOf(dtype, shape), 0)
