import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {order} from './order.ts'

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)
const all = (n: number) => Array.from({length: n}, (_, i) => i)

test('the paper’s math run has 625 steps an epoch and 1250 in all, of 16 micro-batches of 4', () => {
  for (const remainder of ['kept', 'carried'] as const) {
    const math = order({examples: 40_000, epochs: 2, batch: 64, microBatch: 4, remainder, random: random(42)})
    expect([math.steps, math.stepsPerEpoch]).toEqual([1250, 625])
    expect(math.at(1249).map(numbers => numbers.length)).toEqual(Array(16).fill(4))
  }
})

test('every epoch contains every example once, in another order than the epoch before', () => {
  const {steps, at} = order({examples: 22, epochs: 2, batch: 8, microBatch: 4, random: random(1)})
  const shown = all(steps).map(step => at(step).flatMap(numbers => [...numbers]))
  expect(steps).toBe(6)
  expect(shown.map(numbers => numbers.length)).toEqual([8, 8, 6, 8, 8, 6])
  expect(at(2).map(numbers => numbers.length)).toEqual([4, 2])
  const epochs = [shown.slice(0, 3).flat(), shown.slice(3).flat()]
  for (const epoch of epochs) expect(sorted(epoch)).toEqual(all(22))
  expect(epochs[0]).not.toEqual(epochs[1])
})

test('carried: examples that do not fill a batch open the next epoch’s first step', () => {
  // 3 epochs of 9 micro-batches (the last of 2) in steps of 2: 4 steps an epoch, micro-batches 0–23 of 27
  const options = {examples: 34, batch: 8, microBatch: 4, random: random(1)}
  const carried = order({...options, epochs: 3, remainder: 'carried'})
  expect([carried.steps, carried.stepsPerEpoch]).toEqual([12, 4])
  const row = all(12).flatMap(step => carried.at(step).map(numbers => [...numbers]))
  expect(row).toHaveLength(24)
  expect(sorted(row.slice(0, 9).flat())).toEqual(all(34))
  expect(sorted(row.slice(9, 18).flat())).toEqual(all(34))
  expect(row[8]).toHaveLength(2)
  // the fifth step: the end of epoch 0, then the first micro-batch of epoch 1
  const kept = order({...options, epochs: 3})
  expect(carried.at(4).map(numbers => [...numbers])).toEqual([row[8], [...kept.at(5)[0]]])
})

test('carried: Commonsense-15K’s 14,999 examples make 702 steps, and 705 where a remainder is kept', () => {
  const options = {examples: 14_999, epochs: 3, batch: 64, microBatch: 4, random: random(42)}
  expect(order({...options, remainder: 'carried'}).steps).toBe(702)
  expect(order({...options, remainder: 'kept'}).steps).toBe(705)
})

test('carried: an epoch shorter than a batch is one step', () => {
  const {steps, at} = order({
    examples: 10,
    epochs: 3,
    batch: 64,
    microBatch: 4,
    remainder: 'carried',
    random: random(1),
  })
  expect(steps).toBe(3)
  expect(at(1).map(numbers => numbers.length)).toEqual([4, 4, 2])
})

test('the examples of a step do not depend on earlier calls', () => {
  const options = {examples: 37, steps: 50, batch: 8, microBatch: 4, random: random(5)}
  for (const remainder of ['kept', 'carried'] as const) {
    const one = order({...options, remainder})
    const forward = all(50).map(step => one.at(step))
    const other = order({...options, remainder})
    for (const step of [49, 3, 17, 3, 0, 48]) expect(other.at(step)).toEqual(forward[step])
  }
})

test('different seeds give different orders', () => {
  const first = (seed: number) => [
    ...order({examples: 99, epochs: 1, batch: 99, microBatch: 99, random: random(seed)}).at(0)[0],
  ]
  expect(first(1)).not.toEqual(first(2))
})

test('a fraction of an epoch is rounded up to a step', () => {
  expect(order({examples: 100, epochs: 0.55, batch: 10, microBatch: 5, random: random(1)}).steps).toBe(6)
})

test('no examples, and micro-batches that do not fit the batch, are refused', () => {
  const options = {examples: 10, epochs: 1, batch: 8, microBatch: 4, random: random(1)}
  expect(() => order({...options, examples: 0})).toThrow('no examples to train on')
  expect(() => order({...options, microBatch: 9})).toThrow('a micro-batch of 9 exceeds the batch of 8')
  expect(() => order({...options, microBatch: 3, remainder: 'carried'})).toThrow(
    'a batch of 8 is not a multiple of its micro-batch of 3',
  )
})
