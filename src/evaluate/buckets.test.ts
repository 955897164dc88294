import {expect, test} from 'vitest'
import {capacityFor, promptBucket, scoredLength, shrunkBatch} from './buckets.ts'

test('prompts are padded by less than 16 tokens up to 128, by less than 32 above', () => {
  expect([1, 16, 17, 128, 129, 160, 161].map(length => promptBucket(length))).toEqual([16, 16, 32, 128, 160, 160, 192])
})

test('padding never makes a text so long that longrope rotates it by other angles', () => {
  expect([13, 14, 15, 17].map(tokens => scoredLength(tokens, {cache: {longAbove: 14}}))).toEqual([14, 14, 16, 32])
})

test('no padding exceeds what the model reads', () => {
  expect([30, 47, 50].map(tokens => scoredLength(tokens, {longest: 50}))).toEqual([32, 48, 50])
})

test('capacities leave room for 32 columns, or for an eighth more', () => {
  expect([1, 100, 256, 264, 800].map(capacityFor)).toEqual([33, 132, 288, 297, 900])
})

test('a batch shrinks once at most half its rows are left', () => {
  expect([16, 9, 8, 5, 4, 3, 2, 1].map(rows => shrunkBatch(16, rows))).toEqual([16, 16, 8, 8, 4, 4, 2, 1])
  expect([7, 5, 4, 2, 1].map(rows => shrunkBatch(7, rows))).toEqual([7, 7, 4, 2, 1])
})
