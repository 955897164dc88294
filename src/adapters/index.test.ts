import {expect, test} from 'vitest'
import {float} from './adapter.ts'
import {buildAdapter, METHODS} from './index.ts'

test('keys of an adapter block that are not the method’s own are ignored', () => {
  const recipe = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj']} as const
  expect(buildAdapter(recipe).shapes([3, 5]).trainable).toEqual({lora_A: float(2, 5), lora_B: float(3, 2)})
})

test.each(Object.entries(METHODS))('method %s is listed under the name that its schema reads', (name, {schema}) => {
  expect(schema.shape.method.value).toBe(name)
})

test('boft with fallback has one factor, whatever m is', () => {
  const R = (fallback: boolean) =>
    buildAdapter({method: 'boft', b: 4, m: 4, fallback}).shapes([32, 32]).trainable.boft_R
  expect(R(false)).toEqual(float(4, 8, 4, 4))
  expect(R(true)).toEqual(float(1, 8, 4, 4))
})
