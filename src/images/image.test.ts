import {expect, test} from 'vitest'
import {fromPlanes, toPlanes} from './image.ts'

test('planes hold all red, then all green, then all blue', () => {
  const image = {width: 2, height: 1, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6)}
  expect([...toPlanes(image)]).toEqual([1, 4, 2, 5, 3, 6])
  expect(fromPlanes(toPlanes(image), image)).toEqual(image)
})
