import {expect, test} from 'vitest'
import {nodeOf, startGraph} from '../../test/models/graphs.ts'
import {binary, reshape} from './arithmetic.ts'
import {matmul} from './products.ts'
import {nameOf} from './value.ts'

test('a chain of scalings is one, and becomes the alpha of a product', () => {
  const {g, x} = startGraph(2, 3)
  const scaled = binary(g, 'Div', binary(g, 'Mul', g.splat(3), binary(g, 'Mul', x, g.splat(4))), g.splat(2))
  expect(nodeOf(scaled).inputs[0]).toBe(x)
  expect(nodeOf(scaled).scales).toEqual({of: x, by: 6})

  const W = g.input('W', 'float32', [4, 3])
  const product = matmul(g, scaled, binary(g, 'Mul', W, g.splat(0.5)), {transB: true})
  expect(nodeOf(product)).toMatchObject({op: 'Gemm', inputs: [x, W]})
  expect(nodeOf(product).attributes).toEqual({transA: 0, transB: 1, alpha: {float: 3}})
})

test('a sum with a number ends a chain of scalings', () => {
  const {g, x} = startGraph(2, 3)
  const shifted = binary(g, 'Add', binary(g, 'Mul', x, g.splat(4)), g.splat(1))
  const product = matmul(g, shifted, g.input('W', 'float32', [3, 4]))
  expect(nodeOf(product).inputs[0]).toBe(shifted)
  expect(nodeOf(product).attributes).not.toHaveProperty('alpha')
})

test('products take the form that the runtime has for them', () => {
  const {g, x} = startGraph(2, 5, 3)
  const y = g.input('y', 'float32', [2, 3, 4])
  expect(nodeOf(matmul(g, x, y)).op).toBe('MatMul')
  const flipped = matmul(g, y, x, {transA: true, transB: true})
  expect(flipped.shape).toEqual([2, 4, 5])
  expect(nodeOf(flipped)).toMatchObject({
    op: 'FusedMatMul',
    domain: 'com.microsoft',
    attributes: {transA: 1, transB: 1},
  })
  expect(nodeOf(matmul(g, binary(g, 'Mul', x, g.splat(2)), y)).attributes).toMatchObject({
    alpha: {float: 2},
  })
})

test('a scaling before a reshape becomes the alpha of a product as well', () => {
  const {g, x} = startGraph(2, 6)
  const scaled = binary(g, 'Mul', reshape(g, x, [3, 4]), g.splat(2))
  const product = matmul(g, scaled, g.input('W', 'float32', [4, 5]))
  expect(nodeOf(product).attributes).toMatchObject({alpha: {float: 2}})
  expect(nodeOf(nodeOf(product).inputs[0]!)).toMatchObject({op: 'Reshape', inputs: [{name: nameOf(x)}, {}]})
})
