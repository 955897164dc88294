import {expect, test} from 'vitest'
import {loraFlops} from './flops.ts'

test('a step of LoRA counts the products of its formula and no others', () => {
  const work = {
    rows: 10,
    rank: 2,
    adapted: [
      [4, 3],
      [3, 4],
    ],
    first: [[4, 3]],
    attention: {layers: 2, pairs: 50, width: 4},
    ends: 7,
  }
  const linears = 2 * (2 * 10 * 2 * 12 + 2 * 10 * 3 * 2 * 7)
  const spared = 2 * 10 * 12 + 2 * 10 * 2 * 3
  const attention = 2 * 2 * 6 * 50 * 4
  expect(loraFlops(work)).toBe(linears - spared + attention + 7)

  const unread = 8 * (2 * 2 * 12 + 2 * 3 * 2 * 7) // of the second weight, rows that it does not read
  expect(loraFlops({...work, few: {rows: 2, weights: [[3, 4]]}})).toBe(linears - spared - unread + attention + 7)
})
