import {expect, test} from 'vitest'
import {buildAdapter, METHODS} from './index.ts'

test('an adapter block may hold what is not the method’s own', () => {
  const recipe = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj']} as const
  expect(buildAdapter(recipe).shapes([3, 5]).trainable).toEqual({lora_A: [2, 5], lora_B: [3, 2]})
})

test('the methods go by the names that recipes use', () => {
  expect(Object.keys(METHODS)).toEqual(['svft', 'lora', 'dora', 'vera', 'boft', 'full', 'head'])
})
