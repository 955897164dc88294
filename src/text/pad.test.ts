import {expect, test} from 'vitest'
import {padded} from './pad.ts'

const inputs = [
  {ids: [1, 7, 2, 8, 2], typeIds: [0, 0, 0, 1, 1]},
  {ids: [1, 9, 2], typeIds: [0, 0, 0]},
]

test('inputs are filled up to the longest, on the right', () => {
  expect(padded(inputs, {pad: 5})).toEqual({
    input_ids: Int32Array.of(1, 7, 2, 8, 2, 1, 9, 2, 5, 5),
    token_type_ids: Int32Array.of(0, 0, 0, 1, 1, 0, 0, 0, 0, 0),
    attention_mask: Int32Array.of(1, 1, 1, 1, 1, 1, 1, 1, 0, 0),
  })
})

test('or on the left, and up to a length', () => {
  expect(padded(inputs, {pad: 5, side: 'left', length: 6})).toEqual({
    input_ids: Int32Array.of(5, 1, 7, 2, 8, 2, 5, 5, 5, 1, 9, 2),
    token_type_ids: Int32Array.of(0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0),
    attention_mask: Int32Array.of(0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1),
  })
})

test('nothing is cut', () => {
  expect(() => padded(inputs, {pad: 5, length: 4})).toThrow('input 0 has over 4 tokens: 5')
  expect(padded([], {pad: 5}).input_ids).toHaveLength(0)
})
