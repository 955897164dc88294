import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {FILTERS, type Filter} from './coefficients.ts'
import type {Image} from './image.ts'
import {resize} from './resize.ts'

const filters = Object.keys(FILTERS) as Filter[]

/** Grey from numbers. */
const grey = (width: number, height: number, values: readonly number[]): Image => ({
  width,
  height,
  pixels: Uint8Array.from(values.flatMap(value => [value, value, value])),
})

const greyOf = ({pixels}: Image) => [...pixels].filter((_, i) => i % 3 === 0)

test('an image of the requested size keeps its pixels', () => {
  const image = grey(3, 1, [1, 200, 3])
  for (const filter of filters) expect(resize(image, {width: 3, height: 1, filter})).toEqual(image)
})

test('bilinear mixes neighbours by their distance and rounds', () => {
  const image = grey(2, 1, [0, 255])
  expect(greyOf(resize(image, {width: 4, height: 1, filter: 'bilinear'}))).toEqual([0, 64, 191, 255])
})

test('a length that shrinks is averaged, not sampled', () => {
  const stripes = grey(8, 1, [0, 255, 0, 255, 0, 255, 0, 255])
  const [, middle] = greyOf(resize(stripes, {width: 3, height: 1, filter: 'bilinear'}))
  expect(Math.abs(middle - 127)).toBeLessThan(20)
})

test('bicubic sums beyond black and white are clipped', () => {
  const values = greyOf(resize(grey(4, 1, [0, 0, 255, 255]), {width: 16, height: 1, filter: 'bicubic'}))
  expect(values.slice(0, 5)).toEqual([0, 0, 0, 0, 0])
  expect(values.slice(-5)).toEqual([255, 255, 255, 255, 255])
})

test('rows are resampled first and rounded, then columns', () => {
  const image = grey(2, 2, [0, 1, 0, 0])
  const wide = {width: 3, height: 2, filter: 'bilinear'} as const
  const both = resize(image, {width: 3, height: 3, filter: 'bilinear'})
  expect(both).toEqual(resize(resize(image, wide), {...wide, height: 3}))
  expect(greyOf(both)).toEqual([0, 1, 1, 0, 1, 1, 0, 0, 0])
})

test('colours do not mix, and a plain image stays plain at any size', () => {
  const draw = random(3)
  for (const filter of filters) {
    for (let i = 0; i < 10; i++) {
      const [width, height, w, h] = Array.from({length: 4}, () => 1 + Math.floor(draw.uniform() * 16))
      const pixels = new Uint8Array(width * height * 3).map((_, at) => [0, 100, 255][at % 3])
      const {pixels: scaled} = resize({width, height, pixels}, {width: w, height: h, filter})
      expect(scaled).toEqual(new Uint8Array(w * h * 3).map((_, at) => [0, 100, 255][at % 3]))
    }
  }
})
