import {Fault} from '../base/fault.ts'
import {memoize} from '../base/memoize.ts'
import type {Random} from '../tensor/random.ts'

export interface ExampleOrder {
  /** The steps of the whole run. */
  readonly steps: number
  readonly stepsPerEpoch: number
  /** The micro-batches of step `step` (0, 1, …) as example indices, the same at every call. */
  at(step: number): readonly Int32Array[]
}

export interface OrderOptions {
  readonly examples: number
  /** Examples in each step. */
  readonly batch: number
  /** Examples in each micro-batch. */
  readonly microBatch: number
  /**
   * The treatment of the last examples of an epoch if they do not fill a batch. `kept`: they are a smaller batch, as in a
   * plain loop over a torch DataLoader, and in the Hugging Face Trainer without accumulation, or of transformers 5.24.
   * `carried`: their micro-batches open the next epoch's first step, as in that Trainer with accumulation (transformers
   * 4.41, of the paper's time), which counts ⌊micro-batches / accumulation⌋ steps in an epoch.
   */
  readonly remainder?: 'kept' | 'carried'
  readonly random: Random
}

/**
 * The order of the data. The permutation of each epoch is drawn from `random.fork('epoch/<number>')`, so that the examples
 * of a step do not depend on earlier steps. Fractions of an epoch are rounded up to a step.
 */
export function order(options: OrderOptions & ({readonly epochs: number} | {readonly steps: number})): ExampleOrder {
  const {examples, batch, microBatch, remainder = 'kept', random} = options
  if (examples < 1) throw new Fault('input', 'no examples to train on')
  if (microBatch > batch) throw new Fault('recipe', `a micro-batch of ${microBatch} exceeds the batch of ${batch}`)

  const permute = (epoch: number) => random.fork(`epoch/${epoch}`).permutation(examples)
  const shuffled = memoize(permute, 2) // a step reads at most two epochs
  const carried = remainder === 'carried' && batch < examples // one step an epoch leaves nothing to carry
  const {stepsPerEpoch, at} = (carried ? carry : keep)(shuffled, {examples, batch, microBatch})
  return {steps: 'steps' in options ? options.steps : Math.ceil(options.epochs * stepsPerEpoch), stepsPerEpoch, at}
}

type OrderSizes = Pick<OrderOptions, 'examples' | 'batch' | 'microBatch'>
type EpochOrder = (epoch: number) => Int32Array

function keep(shuffled: EpochOrder, {examples, batch, microBatch}: OrderSizes): Omit<ExampleOrder, 'steps'> {
  const stepsPerEpoch = Math.ceil(examples / batch)
  return {
    stepsPerEpoch,
    at(step) {
      const from = (step % stepsPerEpoch) * batch
      const chosen = shuffled(Math.floor(step / stepsPerEpoch)).subarray(from, from + batch)
      return Array.from({length: Math.ceil(chosen.length / microBatch)}, (_, i) =>
        chosen.slice(i * microBatch, (i + 1) * microBatch),
      )
    },
  }
}

function carry(shuffled: EpochOrder, {examples, batch, microBatch}: OrderSizes): Omit<ExampleOrder, 'steps'> {
  if (batch % microBatch !== 0)
    throw new Fault('recipe', `a batch of ${batch} is not a multiple of its micro-batch of ${microBatch}`)
  const perEpoch = Math.ceil(examples / microBatch)
  const perStep = batch / microBatch
  return {
    stepsPerEpoch: Math.floor(perEpoch / perStep),
    at: step =>
      Array.from({length: perStep}, (_, i) => {
        const index = step * perStep + i // among the micro-batches of all epochs
        const from = (index % perEpoch) * microBatch
        return shuffled(Math.floor(index / perEpoch)).slice(from, from + microBatch)
      }),
  }
}
