import {expect, test} from 'vitest'
import {capacityFor, promptBucket, shrunkBatch} from './buckets.ts'

test('prompts are padded by less than 16 tokens up to 128, by less than 32 above', () => {
  expect([1, 16, 17, 128, 129, 160, 161].map(promptBucket)).toEqual([16, 16, 32, 128, 160, 160, 192])
})

test('capacities hold what they must and waste less than half of it', () => {
  for (let columns = 1; columns < 3000; columns++) {
    expect(capacityFor(columns)).toBeGreaterThanOrEqual(columns)
    if (columns > 48) expect(capacityFor(columns)).toBeLessThan(1.5 * columns)
  }
  expect([1, 48, 49, 64, 65, 96, 97, 128, 129, 192, 193].map(capacityFor)).toEqual([
    48, 48, 64, 64, 96, 96, 128, 128, 192, 192, 256,
  ])
})

test('a batch shrinks once at most half its rows are left', () => {
  expect([16, 9, 8, 5, 4, 3, 2, 1].map(rows => shrunkBatch(16, rows))).toEqual([16, 16, 8, 8, 4, 4, 2, 1])
  expect([7, 5, 4, 2, 1].map(rows => shrunkBatch(7, rows))).toEqual([7, 7, 4, 2, 1])
})
