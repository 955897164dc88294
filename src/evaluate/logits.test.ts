import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {argmax} from './logits.ts'

test('argmax is the first of the largest, at any position and length', () => {
  const {uniform} = random(3)
  for (let length = 1; length <= 19; length++) {
    for (let at = 0; at < length; at++) {
      const logits = Float32Array.from({length}, () => -uniform())
      logits[at] = 1
      expect(argmax(logits)).toBe(at)
      logits.fill(1, at)
      expect(argmax(logits)).toBe(at)
    }
  }
})

test('a NaN, or a largest logit that is infinite, has no argmax', () => {
  for (let length = 1; length <= 9; length++) {
    for (let at = 0; at < length; at++) {
      const logits = new Float32Array(length)
      expect(argmax(logits.with(at, Number.NaN))).toBeUndefined()
      expect(argmax(logits.with(at, Number.POSITIVE_INFINITY))).toBeUndefined()
      if (length > 1) expect(argmax(logits.with(at, Number.NEGATIVE_INFINITY))).toBe(at === 0 ? 1 : 0)
    }
    expect(argmax(new Float32Array(length).fill(Number.NEGATIVE_INFINITY))).toBeUndefined()
  }
})
