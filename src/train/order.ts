import {Fault} from '../base/fault.ts'
import type {Random} from '../tensor/random.ts'

export interface ExampleOrder {
  /** The steps of the whole run. */
  readonly steps: number
  readonly stepsPerEpoch: number
  /** The micro-batches of step `step` (0, 1, …) as example numbers: the same at every call, whatever was asked before. */
  at(step: number): readonly Int32Array[]
}

export interface OrderOptions {
  readonly examples: number
  /** Examples a step. */
  readonly batch: number
  /** Examples a micro-batch. */
  readonly microBatch: number
  /**
   * What becomes of an epoch's examples that fill no batch. `kept`: a smaller last batch, as a plain loop over a torch
   * DataLoader has it, and the Hugging Face Trainer without accumulation, or of transformers 5.24. `carried`: their micro-batches open the next
   * epoch's first step, as in that Trainer with accumulation (transformers 4.41, the paper's time), which counts
   * ⌊micro-batches / accumulation⌋ steps an epoch. Without such a remainder the two are one.
   */
  readonly remainder?: 'kept' | 'carried'
  readonly random: Random
}

/**
 * The order of the data: every epoch is a permutation of its own, drawn from `random.fork('epoch/<number>')`, so that
 * any step's examples are known without those before it. Fractions of an epoch round up to a step.
 */
export function order(options: OrderOptions & ({readonly epochs: number} | {readonly steps: number})): ExampleOrder {
  const {examples, batch, microBatch, remainder = 'kept', random} = options
  if (examples < 1) throw new Fault('input', 'no examples to train on')
  if (microBatch > batch) throw new Fault('recipe', `a micro-batch is at most the batch of ${batch}: ${microBatch}`)

  const shuffled = recent((epoch: number) => random.fork(`epoch/${epoch}`).permutation(examples))
  const carried = remainder === 'carried' && batch < examples // one step an epoch leaves nothing to carry
  const {stepsPerEpoch, at} = (carried ? carry : keep)(shuffled, {examples, batch, microBatch})
  return {steps: 'steps' in options ? options.steps : Math.ceil(options.epochs * stepsPerEpoch), stepsPerEpoch, at}
}

type Sizes = Pick<OrderOptions, 'examples' | 'batch' | 'microBatch'>
type Epochs = (epoch: number) => Int32Array

function keep(shuffled: Epochs, {examples, batch, microBatch}: Sizes): Omit<ExampleOrder, 'steps'> {
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

function carry(shuffled: Epochs, {examples, batch, microBatch}: Sizes): Omit<ExampleOrder, 'steps'> {
  if (batch % microBatch !== 0)
    throw new Fault('recipe', `carrying a remainder takes a batch of whole micro-batches of ${microBatch}: ${batch}`)
  const perEpoch = Math.ceil(examples / microBatch)
  const perStep = batch / microBatch
  return {
    stepsPerEpoch: Math.max(1, Math.floor(perEpoch / perStep)),
    at: step =>
      Array.from({length: perStep}, (_, i) => {
        const place = step * perStep + i // in the endless row of all epochs' micro-batches
        const from = (place % perEpoch) * microBatch
        return shuffled(Math.floor(place / perEpoch)).slice(from, from + microBatch)
      }),
  }
}

/** Remembers the last two answers: a step looks at two epochs at most. */
function recent<T>(make: (key: number) => T): (key: number) => T {
  let kept: [number, T][] = []
  return key => {
    const known = kept.find(([other]) => other === key)
    if (known !== undefined) return known[1]
    const made = make(key)
    kept = [...kept.slice(-1), [key, made]]
    return made
  }
}
