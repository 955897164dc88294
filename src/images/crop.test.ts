import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {resizeAndCrop, type Scaling} from './crop.ts'
import type {Image, ImageSize} from './image.ts'
import {resize} from './resize.ts'

const draw = random(5)
const upTo = (limit: number) => 1 + Math.floor(draw.uniform() * limit)

function drawImage(width: number, height: number): Image {
  const pixels = new Uint8Array(width * height * 3).map(() => Math.floor(draw.uniform() * 256))
  return {width, height, pixels}
}

/** Reads a scaled image around its centre, pixel by pixel; what is beyond it is black. */
function crop(image: Image, {width, height}: ImageSize): number[] {
  const [left, top] = [Math.floor((image.width - width) / 2), Math.floor((image.height - height) / 2)]
  return Array.from({length: width * height * 3}, (_, i) => {
    const [x, y] = [(Math.floor(i / 3) % width) + left, Math.floor(i / 3 / width) + top]
    const isInside = x >= 0 && y >= 0 && x < image.width && y < image.height
    return isInside ? image.pixels[3 * (y * image.width + x) + (i % 3)] : 0
  })
}

/** The width and height of an image that is scaled, found by cropping a white one to a larger size. */
function scaledSize({width, height}: ImageSize, scaled: Scaling): [number, number] {
  const white = {width, height, pixels: new Uint8Array(width * height * 3).fill(255)}
  const {pixels} = resizeAndCrop(white, {width: 99, height: 99, scaled, filter: 'bilinear'})
  const isWhite = (x: number, y: number) => pixels[3 * (y * 99 + x)] > 0
  const lengths = [...Array(99).keys()]
  return [lengths.filter(x => isWhite(x, 49)).length, lengths.filter(y => isWhite(49, y)).length]
}

test('the shorter edge is scaled to its size, and the longer one, rounded down, keeps the aspect ratio', () => {
  const scaled = {shortestEdge: 10}
  expect(scaledSize({width: 7, height: 20}, scaled)).toEqual([10, 28])
  expect(scaledSize({width: 20, height: 7}, scaled)).toEqual([28, 10])
  expect(scaledSize({width: 13, height: 13}, scaled)).toEqual([10, 10])
  expect(scaledSize({width: 7, height: 20}, {width: 30, height: 5})).toEqual([30, 5])
})

test('only the pixels of the crop are computed, and they are those of the whole scaled image', () => {
  for (let i = 0; i < 50; i++) {
    const image = drawImage(upTo(20), upTo(20))
    const scaled = i % 5 ? {width: upTo(24), height: upTo(24)} : {width: image.width, height: image.height}
    const to = {width: upTo(24), height: upTo(24)}
    const filter = i % 2 ? 'bilinear' : 'bicubic'
    const cropped = resizeAndCrop(image, {...to, scaled, filter})
    expect({width: cropped.width, height: cropped.height}).toEqual(to)
    expect([...cropped.pixels]).toEqual(crop(resize(image, {...scaled, filter}), to))
  }
})

test('of an odd rest, the larger half is at the right; of an odd border, at the left', () => {
  const row = {width: 4, height: 1, pixels: Uint8Array.from([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4])}
  const scaled = {width: 4, height: 1}
  const greys = (width: number) =>
    [...resizeAndCrop(row, {width, height: 1, scaled, filter: 'bilinear'}).pixels].filter((_, i) => i % 3 === 0)
  expect(greys(1)).toEqual([2])
  expect(greys(3)).toEqual([1, 2, 3])
  expect(greys(7)).toEqual([0, 0, 1, 2, 3, 4, 0])
})

test('a very long image is cropped without computing the rest of it', () => {
  const long = {width: 1, height: 40_000, pixels: new Uint8Array(3 * 40_000).fill(9)}
  const scaled = {shortestEdge: 60_000}
  const {pixels} = resizeAndCrop(long, {width: 2, height: 2, scaled, filter: 'bicubic'})
  expect([...pixels]).toEqual(Array(12).fill(9))
})
