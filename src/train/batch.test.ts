import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {bucket, imageData, microBatch, paddedLength, tokenData, type Weighting} from './batch.ts'
import {order} from './order.ts'

const text = (from: number, length: number) => {
  const ids = Array.from({length}, (_, i) => from + i)
  return {ids, labels: ids.map((id, i) => (i === 0 ? -100 : id))}
}

test('examples are padded on the right to a bucket length, with labels that are ignored', () => {
  const {feeds, rows, length, tokens, weight} = microBatch([text(5, 3), text(50, 17)], [1, 0], {rows: 2, pad: 9})
  expect([rows, length, tokens, weight]).toEqual([2, 24, 20, 1])
  expect(feeds.input_ids).toEqual(
    Int32Array.of(...text(50, 17).ids, ...Array(7).fill(9), 5, 6, 7, ...Array(21).fill(9)),
  )
  expect(feeds.attention_mask).toEqual(
    Int32Array.of(...Array(17).fill(1), ...Array(7).fill(0), 1, 1, 1, ...Array(21).fill(0)),
  )
  expect(feeds.labels).toEqual(
    Int32Array.of(...text(50, 17).labels, ...Array(7).fill(-100), -100, 6, 7, ...Array(21).fill(-100)),
  )
})

test('a smaller micro-batch uses the same program, with its missing rows masked', () => {
  const {feeds, rows, weight, tokens, examples} = microBatch([text(1, 2), text(3, 2), text(5, 2)], [2], {rows: 4})
  expect([rows, weight, tokens, examples]).toEqual([4, 0.25, 2, [2]])
  expect(feeds.input_ids).toHaveLength(64)
  expect(feeds.attention_mask.subarray(16).every(real => real === 0)).toBe(true)
  expect(feeds.labels.subarray(16).every(label => label === -100)).toBe(true)
})

test('examples with one label each have one label in each row', () => {
  const classes = [
    {ids: [1, 2], labels: 2},
    {ids: [3], labels: 0},
  ]
  expect(microBatch(classes, [0, 1], {rows: 3}).feeds.labels).toEqual(Int32Array.of(2, 0, -100))
})

test('bucket lengths grow by at most a half, so that less than a third is padding', () => {
  const ladder = [...new Set(Array.from({length: 1000}, (_, i) => bucket(i + 1)))]
  expect(ladder).toEqual([16, 24, 32, 48, 64, 80, 96, 112, 128, 192, 256, 384, 512, 768, 1024])
  expect(ladder.map(length => bucket(length))).toEqual(ladder)
  for (let length = 12; length < 5000; length++) {
    expect(bucket(length)).toBeGreaterThanOrEqual(length)
    expect(1 - length / bucket(length)).toBeLessThan(1 / 3)
  }
})

test('coarse buckets are fewer, and at most double a short length', () => {
  const ladder = [...new Set(Array.from({length: 512}, (_, i) => bucket(i + 1, 'coarse')))]
  expect(ladder).toEqual([32, 64, 96, 128, 192, 256, 384, 512])
})

test('no bucket exceeds the maximum length, and an example that does is named', () => {
  expect(microBatch([text(0, 300)], [0], {rows: 1, longest: 320}).length).toBe(320)
  expect(() => microBatch([text(0, 3), text(0, 321)], [0, 1], {rows: 2, longest: 320})).toThrow(
    'example 1 has 321 tokens, more than 320',
  )
})

test('padding alone makes no text so long that it is read by other rotary angles', () => {
  const lengths = [90, 99, 100, 101].map(tokens => paddedLength(tokens, {longAbove: 100}))
  expect(lengths).toEqual([96, 100, 100, 112])
})

test('a wrong number of labels is refused', () => {
  expect(() => microBatch([{ids: [1, 2], labels: [1]}], [0], {rows: 1})).toThrow('example 0 has 1 labels for 2 tokens')
})

test('micro-batches follow the order, and their weights add up to the number of examples', () => {
  const examples = Array.from({length: 11}, (_, i) => text(100 * i, 3 + i))
  const chosen = order({examples: 11, epochs: 1, batch: 6, microBatch: 4, random: random(3)})
  const data = tokenData(examples, chosen, {rows: 4})
  expect(data.steps).toBe(2)
  for (const step of [0, 1]) {
    const batches = data.microBatches(step) as Awaited<ReturnType<typeof data.microBatches>>
    expect(batches.map(batch => batch.examples)).toEqual(chosen.at(step).map(numbers => [...numbers]))
    expect(batches.reduce((sum, {weight}) => sum + weight * 4, 0)).toBe(step === 0 ? 6 : 5)
  }
})

test('a micro-batch is weighted by its examples, equally, or by the tokens that its loss counts', async () => {
  const whole = [text(0, 5), {...text(0, 3), labels: [0, 1, 2]}, {...text(0, 4), labels: [-100, -100, 7, 8]}]
  const weights = (weighting?: Weighting) =>
    [[0, 1], [2]].map(numbers => microBatch(whole, numbers, {rows: 2, weighting}).weight)
  expect(weights()).toEqual([1, 0.5])
  expect(weights('examples')).toEqual([1, 0.5])
  expect(weights('micro-batches')).toEqual([1, 1])
  expect(weights('tokens')).toEqual([4 + 2, 2]) // the first token is nobody's next
  const rated = [0.5, 1, 2].map(labels => ({ids: [1, 2], labels}))
  const options = {rows: 2, regression: true, weighting: 'tokens'} as const
  expect([[0, 1], [2]].map(numbers => microBatch(rated, numbers, options).weight)).toEqual([2, 1])
  const pixels = async (numbers: readonly number[]) => new Float32Array(numbers.length)
  const one = order({examples: 3, epochs: 1, batch: 3, microBatch: 2, random: random(3)})
  const images = imageData({labels: [0, 1, 2], pixels}, one, {rows: 2, weighting: 'tokens'})
  expect((await images.microBatches(0)).map(({weight}) => weight)).toEqual([2, 1])
})

test('labels of regression are floats, and NaN in rows without an example', () => {
  const rated = [{ids: [1, 2], labels: 2.5}]
  const {feeds} = microBatch(rated, [0], {rows: 2, regression: true})
  expect(feeds.labels).toEqual(Float32Array.of(2.5, Number.NaN))
})

test('token types are fed if an example has them', () => {
  const pairs = [
    {ids: [1, 2, 3], labels: 0, typeIds: [0, 1, 1]},
    {ids: [4], labels: 1},
  ]
  const types = microBatch(pairs, [1, 0], {rows: 2}).feeds.token_type_ids
  expect(types).toEqual(Int32Array.of(...Array(16).fill(0), 0, 1, 1, ...Array(13).fill(0)))
  expect(microBatch(pairs, [1], {rows: 2}).feeds).not.toHaveProperty('token_type_ids')
})

test('a smaller micro-batch of images uses the same program, with black images in its missing rows', async () => {
  const images = {
    labels: [4, 5, 6],
    pixels: async (numbers: readonly number[]) => Float32Array.from(numbers.flatMap(number => [number, -number])),
  }
  const sequence = order({examples: 3, batch: 2, microBatch: 2, remainder: 'kept', epochs: 1, random: random(1)})
  const data = imageData(images, sequence, {rows: 2})
  const batches = [...(await data.microBatches(0)), ...(await data.microBatches(1))]
  expect(batches.map(({weight, tokens, length}) => [weight, tokens, length])).toEqual([
    [1, 2, 1],
    [0.5, 1, 1],
  ])
  const [first, last] = batches.map(({examples}) => examples)
  expect([...first, ...last].sort()).toEqual([0, 1, 2])
  expect(batches[1].feeds).toEqual({
    pixel_values: Float32Array.of(last[0], -last[0], 0, 0),
    labels: Int32Array.of(4 + last[0], -100),
  })
})
