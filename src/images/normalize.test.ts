import {expect, test} from 'vitest'
import {normalize} from './normalize.ts'

test('a mean and a standard deviation of a half scale bytes to −1…1', () => {
  const half = {mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]} as const
  const values = normalize(Uint8Array.of(0, 255, 51), 1, half)
  expect([...values]).toEqual([-1, 1, Math.fround((Math.fround(0.2) - 0.5) / 0.5)])
})

test('each plane has its own mean and standard deviation, in every image', () => {
  const planes = Uint8Array.of(255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0)
  const values = normalize(planes, 2, {mean: [0, 0.5, 1], std: [1, 0.5, 0.25]})
  expect([...values]).toEqual([1, 1, 1, 1, 0, 0, 0, 0, -1, -1, -4, -4])
})
