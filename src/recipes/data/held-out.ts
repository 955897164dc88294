import {Fault} from '../../base/fault.ts'
import {random} from '../../tensor/random.ts'
import type {Recipe} from '../file/schema.ts'

/** The examples to train on, in order: without those that the recipe holds out, which its seed draws. */
export function dropHeldOut<Example>(examples: readonly Example[], {train, data, seed}: Recipe): readonly Example[] {
  const heldOut = train?.heldOut ?? 0
  if (heldOut === 0) return examples
  if (heldOut >= examples.length) {
    const advice = 'train.heldOut must be smaller'
    throw new Fault('recipe', `${data.train}: ${examples.length} examples, ${advice}: ${heldOut}`, {
      at: ['train', 'heldOut'],
    })
  }
  const out = new Set(random(seed).fork('heldOut').permutation(examples.length).subarray(0, heldOut))
  return examples.filter((_, i) => !out.has(i))
}
