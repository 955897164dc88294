import {expect, test} from 'vitest'
import {random} from '../../tensor/random.ts'
import type {Weighting} from '../../train/batch.ts'
import {trainingOrder} from './train-order.ts'

test('the rest of an epoch opens the next one, and is a smaller step where all tokens of a step count alike', () => {
  // 7 micro-batches per epoch, 3 per step
  const settings = {batch: 6, microBatch: 2, epochs: 2}
  const sizes = (weighting: Weighting) => {
    const {steps, at} = trainingOrder(
      {...settings, weighting},
      {examples: 13, model: {task: 'causal-lm'}, random: random(1)},
    )
    return Array.from({length: steps}, (_, step) => at(step).map(({length}) => length))
  }
  const full = [2, 2, 2]
  expect(sizes('examples')).toEqual([full, full, [1, 2, 2], full])
  expect(sizes('micro-batches')).toEqual(sizes('examples'))
  expect(sizes('tokens')).toEqual([full, full, [1], full, full, [1]])
})

test.each([
  ['neither', {}],
  ['both', {epochs: 1, steps: 1}],
])('settings with %s of epochs and steps, which no recipe has, are a bug', (_, length) => {
  const settings = {batch: 6, microBatch: 2, weighting: 'examples', ...length} as const
  const run = {examples: 13, model: {task: 'causal-lm'}, random: random(1)} as const
  expect(() => trainingOrder(settings, run)).toThrow(/^bug: .* train\.epochs and train\.steps$/)
})
