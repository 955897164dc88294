import type {Model} from '../../models/model.ts'
import type {Random} from '../../tensor/random.ts'
import {type ExampleOrder, order} from '../../train/order.ts'
import type {RecipeTraining} from '../file/schema.ts'

/**
 * The steps of a run on so many examples, and which of them each step sees. Where all tokens of a step count alike, an epoch
 * ends with a smaller step, as in the Trainer that counts so (transformers 5.24); the one of 4.41 carries the rest over.
 */
export function trainingOrder(
  {batch, microBatch, weighting, steps, epochs}: OrderSettings,
  {examples, model, random}: {readonly examples: number; readonly model: Pick<Model, 'task'>; readonly random: Random},
): ExampleOrder {
  return order({
    examples,
    batch,
    microBatch,
    remainder: model.task === 'causal-lm' && batch > microBatch && weighting !== 'tokens' ? 'carried' : 'kept',
    ...(steps === undefined ? {epochs: epochs ?? 1} : {steps}),
    random,
  })
}

/** What of a recipe's `train` decides the order. */
export type OrderSettings = Pick<RecipeTraining, 'batch' | 'microBatch' | 'weighting' | 'steps' | 'epochs'>
