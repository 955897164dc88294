import type {Model} from '../../models/model.ts'
import type {Random} from '../../tensor/random.ts'
import {type ExampleOrder, order} from '../../train/order.ts'
import type {RecipeTraining} from '../file/schema.ts'

/**
 * Decides how many steps a run takes, and which examples each step sees. Where all tokens of a step count alike, an epoch
 * ends with a smaller step, as in the Trainer that counts so (transformers 5.24); the one of 4.41 carries the rest over.
 */
export function trainingOrder(
  settings: OrderSettings,
  {examples, model, random}: {readonly examples: number; readonly model: Pick<Model, 'task'>; readonly random: Random},
): ExampleOrder {
  const {batch, microBatch, weighting} = settings
  return order({
    ...runLength(settings),
    examples,
    batch,
    microBatch,
    remainder: model.task === 'causal-lm' && batch > microBatch && weighting !== 'tokens' ? 'carried' : 'kept',
    random,
  })
}

/** The one of `epochs` and `steps` that is set; the rules of recipes refuse both, and neither. */
function runLength({epochs, steps}: OrderSettings): {readonly epochs: number} | {readonly steps: number} {
  if (steps !== undefined && epochs === undefined) return {steps}
  if (epochs !== undefined && steps === undefined) return {epochs}
  throw new Error('bug: a recipe that was read has both or neither of train.epochs and train.steps')
}

/** The fields of a recipe's `train` that decide the order. */
export type OrderSettings = Pick<RecipeTraining, 'batch' | 'microBatch' | 'weighting' | 'steps' | 'epochs'>
