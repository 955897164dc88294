import type {Model} from '../models/index.ts'
import type {Random} from '../tensor/random.ts'
import {type Order, order} from '../train/order.ts'
import type {TrainSettings} from './schema.ts'

/** The steps of a run on so many examples, and which of them each step sees. */
export function orderOf(
  {batch, microBatch, steps, epochs}: TrainSettings,
  {examples, model, random}: {readonly examples: number; readonly model: Pick<Model, 'task'>; readonly random: Random},
): Order {
  return order({
    examples,
    batch,
    microBatch,
    remainder: model.task === 'causal-lm' && batch > microBatch ? 'carried' : 'kept',
    ...(steps === undefined ? {epochs: epochs!} : {steps}),
    random,
  })
}
