import {expect, test} from 'vitest'
import {relativeBucket, relativeRows} from './relative-positions.ts'

const buckets = (distances: readonly number[], config: Parameters<typeof relativeBucket>[1]) =>
  distances.map(distance => relativeBucket(distance, config))

test('near distances have a bucket each, far ones share theirs: as transformers 5.24 counts', () => {
  const v3 = {buckets: 256, farthest: 512}
  const far = [0, 1, 127, 128, 129, 130, 131, 200, 300, 400, 510, 511, 512, 2999]
  expect(buckets(far, v3)).toEqual([0, 1, 127, 128, 129, 130, 131, 169, 207, 233, 255, 255, 256, 418])
  expect(buckets([1, 2, 3, 4, 5, 10, 20, 31], {buckets: 6, farthest: 32})).toEqual([1, 2, 3, 4, 4, 5, 5, 5])
  expect(buckets([8, 16, 32], {buckets: 8, farthest: 33})).toEqual([5, 6, 7]) // on edges, which float64 misses
})

test('distances to either side mirror each other', () => {
  for (let distance = 0; distance < 600; distance++) {
    const found = relativeBucket(distance, {buckets: 256, farthest: 512})
    expect(relativeBucket(-distance, {buckets: 256, farthest: 512}) + found).toBe(0)
  }
})

test('the rows that a text reads lie together; a short one reads a row a distance', () => {
  expect(relativeRows(3, {buckets: 8, farthest: 64})).toEqual({first: 6, count: 5, at: Int32Array.of(0, 1, 2, 3, 4)})
  expect(relativeRows(1, {buckets: 8, farthest: 64})).toEqual({first: 8, count: 1, at: Int32Array.of(0)})
  const long = relativeRows(512, {buckets: 256, farthest: 512})
  expect([long.first, long.count, long.at.length]).toEqual([1, 511, 1023])
})

test('beyond the last row all distances read the last, and without buckets there is a row a distance', () => {
  expect([...relativeRows(5, {buckets: 0, farthest: 3}).at]).toEqual([0, 0, 1, 2, 3, 4, 5, 5, 5])
  expect(relativeRows(5, {buckets: 0, farthest: 3}).first).toBe(0)
})

test('where far buckets go back towards the middle, as in transformers with few positions, the rows still cover them', () => {
  const {first, count, at} = relativeRows(7, {buckets: 6, farthest: 3})
  expect([...at].map(row => row + first)).toEqual([6, 5, 4, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6])
  expect([first, count]).toEqual([3, 7])
})
