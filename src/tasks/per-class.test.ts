import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {drawPerClass} from './per-class.ts'

const classes = ['a', 'b', 'c']
const labels = Array.from({length: 60}, (_, i) => [0, 0, 1, 2][i % 4]) // 30, 15 and 15 of them

const draw = (seed: number, counts = {train: 10, validation: 2}) =>
  drawPerClass(labels, counts, {random: random(seed), classes})
const count = (indices: readonly number[]) => classes.map((_, label) => indices.filter(i => labels[i] === label).length)

test('every class has as many examples to train on and to choose by, and none twice', () => {
  const {train, validation} = draw(1)
  expect([count(train), count(validation)]).toEqual([
    [10, 10, 10],
    [2, 2, 2],
  ])
  expect(new Set([...train, ...validation]).size).toBe(36)
})

test('a seed draws the same again, another seed others', () => {
  expect(draw(1)).toEqual(draw(1))
  expect(draw(2).train).not.toEqual(draw(1).train)
})

test('the training examples do not depend on the number of validation examples', () => {
  expect(draw(1, {train: 10, validation: 5}).train).toEqual(draw(1).train)
  expect(drawPerClass(labels, {train: 10}, {random: random(1), classes})).toEqual({
    train: draw(1).train,
    validation: [],
  })
})

test('a class of exactly as many is taken whole, a smaller one is a fault that names it', () => {
  expect(count(draw(1, {train: 13, validation: 2}).train)).toEqual([13, 13, 13])
  expect(() => draw(1, {train: 14, validation: 2})).toThrow('16 examples of each class are needed, but b has 15')
})
