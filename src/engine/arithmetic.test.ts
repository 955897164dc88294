import {expect, test} from 'vitest'
import {nodeOf, startGraph} from '../../test/models/graphs.ts'
import {binary, broadcast, cast, elementwise, expand, reduce, reshape, transpose, unary} from './arithmetic.ts'
import {Graph} from './graph.ts'

const ops = (g: Graph) => g.nodes.map(node => node.op)

test('a neutral number leaves nothing behind', () => {
  const {g, x} = startGraph(2, 3)
  expect(binary(g, 'Mul', x, g.splat(1, [2, 3]))).toBe(x)
  expect(binary(g, 'Mul', g.splat(1), x)).toBe(x)
  expect(binary(g, 'Add', x, g.splat(0, [3]))).toBe(x)
  expect(binary(g, 'Add', g.splat(0), x)).toBe(x)
  expect(binary(g, 'Sub', x, g.splat(0))).toBe(x)
  expect(binary(g, 'Div', x, g.splat(1))).toBe(x)
  expect(g.nodes).toEqual([])
})

test('numbers are reckoned while tracing', () => {
  const {g} = startGraph()
  const [a, b] = [g.splat(3, [2, 1]), g.splat(4, [5])]
  for (const [op, value] of Object.entries({Add: 7, Sub: -1, Mul: 12, Div: 0.75})) {
    expect(binary(g, op, a, b)).toEqual(g.splat(value, [2, 5]))
  }
  expect(g.nodes).toEqual([])
})

test('one number everywhere, of a larger shape, makes the result as large', () => {
  for (const op of ['Add', 'Sub', 'Mul', 'Div', 'Max']) {
    for (const number of [0, 1, 2, 4]) {
      const {g, x} = startGraph(3)
      expect(binary(g, op, x, g.splat(number, [2, 3])).shape, `${op} ${number}`).toEqual([2, 3])
      expect(binary(g, op, g.splat(number, [2, 3]), x).shape, `${number} ${op}`).toEqual([2, 3])
    }
  }
})

test('a reshape of a reshape is one, and back is none', () => {
  const {g, x} = startGraph(2, 6)
  const once = reshape(g, x, [3, -1])
  expect(once.shape).toEqual([3, 4])
  const twice = reshape(g, once, [12])
  expect(nodeOf(twice).inputs[0]).toBe(x)
  expect(reshape(g, twice, [2, 6])).toBe(x)
  expect(reshape(g, x, [2, -1])).toBe(x)
})

test('work entry by entry is done before a reshape, so that reshapes meet', () => {
  const {g, x} = startGraph(2, 6)
  const y = g.input('y', 'float32', [2, 6])
  const [flat, other] = [reshape(g, x, [3, 4]), reshape(g, y, [3, 4])]
  for (const value of [
    unary(g, 'Exp', flat),
    binary(g, 'Add', flat, other),
    binary(g, 'Mul', flat, g.splat(3)),
    elementwise(g, 'Less', flat, other, 'bool'),
  ]) {
    expect(value.shape).toEqual([3, 4])
    const node = nodeOf(value)
    expect(node.op).toBe('Reshape')
    expect(node.inputs[0]).toMatchObject({kind: 'node', shape: [2, 6], dtype: value.dtype})
    expect(nodeOf(reshape(g, value, [2, 6])).op).not.toBe('Reshape')
  }
  const apart = binary(g, 'Add', flat, g.input('z', 'float32', [3, 4]))
  expect(nodeOf(apart)).toMatchObject({op: 'Add', inputs: [{shape: [3, 4]}, {shape: [3, 4]}]})
  expect(nodeOf(binary(g, 'Add', flat, g.input('row', 'float32', [4])))).toMatchObject({op: 'Add'})
})

test('a sum over rows that a reshape left whole is taken before it', () => {
  const {g, x} = startGraph(6, 4)
  const rows = reshape(g, x, [2, 3, 4])
  expect(nodeOf(reduce(g, 'ReduceSum', rows, {axes: [2]}))).toMatchObject({
    op: 'Reshape',
    inputs: [{shape: [6, 1]}, {}],
  })
  expect(nodeOf(reduce(g, 'ReduceSum', rows, {axes: [1]}))).toMatchObject({op: 'ReduceSum'})
  expect(nodeOf(reduce(g, 'ReduceSum', reshape(g, x, [3, 8]), {axes: [1]}))).toMatchObject({op: 'ReduceSum'})
})

test('a transpose that moves only axes of size 1 is a reshape', () => {
  const {g, x} = startGraph(2, 1, 3)
  expect(nodeOf(transpose(g, x, [1, 0, 2]))).toMatchObject({op: 'Reshape', outputs: [{shape: [1, 2, 3]}]})
  expect(nodeOf(transpose(g, x, [2, 1, 0])).op).toBe('Transpose')
})

test('transposes compose, and back is none', () => {
  const {g, x} = startGraph(2, 3, 5)
  const once = transpose(g, x, [1, 2, 0])
  expect(once.shape).toEqual([3, 5, 2])
  const twice = transpose(g, once, [1, 0, 2])
  expect(twice.shape).toEqual([5, 3, 2])
  expect(nodeOf(twice)).toMatchObject({inputs: [x], attributes: {perm: [2, 1, 0]}})
  expect(transpose(g, once, [2, 0, 1])).toBe(x)
  expect(transpose(g, x, [0, 1, 2])).toBe(x)
})

test('work on views is done on what they repeat', () => {
  const {g, x} = startGraph(1, 3)
  const view = expand(g, x, [2, 3])
  const column = expand(g, g.input('y', 'float32', [2, 1]), [2, 3])
  const other = expand(g, g.input('z', 'float32', [3]), [2, 3])

  const both = binary(g, 'Mul', view, other)
  expect(both).toMatchObject({kind: 'view', shape: [2, 3], source: {shape: [1, 3]}})
  const apart = binary(g, 'Add', view, column)
  expect(apart).toMatchObject({kind: 'node', shape: [2, 3]})
  expect(nodeOf(apart).inputs.map(input => input!.shape)).toEqual([
    [1, 3],
    [2, 1],
  ])
  for (const value of [unary(g, 'Exp', view), binary(g, 'Mul', view, g.splat(3)), binary(g, 'Add', view, g.splat(3))]) {
    expect(value).toMatchObject({kind: 'view', shape: [2, 3], source: {shape: [1, 3]}})
  }
  expect(expand(g, view, [4, 2, 3])).toMatchObject({kind: 'view', source: x, shape: [4, 2, 3]})
  expect(ops(g)).not.toContain('Expand')
})

test('comparisons and integers broadcast as well', () => {
  const {g, x} = startGraph(2, 1)
  const i = g.input('i', 'int32', [3])
  expect(elementwise(g, 'Less', x, g.splat(1, [2, 3]), 'bool')).toMatchObject({dtype: 'bool', shape: [2, 3]})
  expect(binary(g, 'Add', i, g.splat(1, [2, 3], 'int32'))).toMatchObject({dtype: 'int32', shape: [2, 3]})
  expect(binary(g, 'Mul', i, g.splat(1, [], 'int32'))).toMatchObject({dtype: 'int32', shape: [3]})
})

test('sums and means of one number everywhere are numbers', () => {
  const {g} = startGraph()
  expect(reduce(g, 'ReduceSum', g.splat(0.5, [2, 3, 4]), {axes: [0, 2]})).toEqual(g.splat(4, [3]))
  expect(reduce(g, 'ReduceMean', g.splat(0.5, [2, 3]), {axes: [0], keepDims: true})).toEqual(g.splat(0.5, [1, 3]))
  expect(reduce(g, 'ReduceSum', g.splat(2, [3], 'int32'), {axes: [0]})).toEqual(g.splat(6, [], 'int32'))
  expect(g.nodes).toEqual([])
})

test('a reduction over axes of 1 is a reshape', () => {
  const {g, x} = startGraph(2, 1, 3)
  expect(reduce(g, 'ReduceMax', x, {axes: [1], keepDims: true})).toBe(x)
  const flat = nodeOf(reduce(g, 'ReduceSum', x, {axes: [1]}))
  expect(flat.op).toBe('Reshape')
  expect(flat.inputs[0]).toBe(x)
})

test('a cast of one number everywhere is what the cast of it would be', () => {
  const {g} = startGraph()
  expect(cast(g, g.splat(-2.7, [3]), 'int32')).toEqual(g.splat(-2, [3], 'int32'))
  expect(cast(g, g.splat(0.3, [3]), 'bool')).toEqual(g.splat(1, [3], 'bool'))
  expect(cast(g, cast(g, g.splat(7), 'bool'), 'float32')).toEqual(g.splat(1))
  expect(cast(g, g.splat(0, [], 'int32'), 'bool')).toEqual(g.splat(0, [], 'bool'))
})

test('shapes broadcast from the right', () => {
  expect(broadcast([2, 1, 4], [3, 1])).toEqual([2, 3, 4])
  expect(broadcast([], [2])).toEqual([2])
  expect(broadcast([2], [])).toEqual([2])
})

test('a number minus a value is one node, before a reshape', () => {
  const {g, x} = startGraph(6, 4)
  const result = reshape(g, binary(g, 'Sub', g.splat(1), reshape(g, x, [2, 12])), [3, 8])
  expect(ops(g)).toEqual(['Reshape', 'Sub', 'Reshape', 'Reshape']) // of which the first two reshapes are not read
  const [difference] = nodeOf(result).inputs
  expect(nodeOf(difference).inputs[1]).toBe(x)
})

/** A graph that keeps matrices of at least 6 rows and 4 columns, and one of each as a tensor. */
const startMatrices = (...shape: number[]) => {
  const g = new Graph({keepsMatrix: (rows, columns) => rows >= 6 && columns >= 4})
  return {g, rows: reshape(g, g.input('x', 'float32', [shape[0] * shape[1], shape[2]]), shape)}
}

test('entrywise ops on a reshaped matrix are computed on the matrix', () => {
  const {g, rows} = startMatrices(2, 3, 4)
  const computed = unary(g, 'Exp', g.input('t', 'float32', [2, 3, 4]))
  const gain = g.input('w', 'float32', [4])
  const perRow = reduce(g, 'ReduceSum', rows, {axes: [2], keepDims: true})
  for (const [a, b] of [
    [rows, rows],
    [rows, gain],
    [gain, rows],
    [rows, perRow],
    [rows, computed],
    [computed, rows],
  ]) {
    const result = binary(g, 'Sub', a, b)
    expect(result.shape).toEqual([2, 3, 4])
    const [matrix] = nodeOf(result).inputs
    expect(matrix.shape).toEqual([6, 4])
    expect(nodeOf(matrix).inputs.every(({shape}) => shape.length < 3)).toBe(true)
  }
})

test('but not beside other axes or inputs, or if the engine does not keep the matrix', () => {
  const {g, rows} = startMatrices(2, 3, 4)
  const others = [
    [2, 3, 4],
    [1, 3, 4],
    [3, 4],
  ].map((shape, i) => g.input(`t${i}`, 'float32', shape))
  const fewer = reshape(g, g.input('m', 'float32', [3, 4]), [1, 3, 4])
  for (const other of [...others, fewer, unary(g, 'Exp', others[1])])
    expect(nodeOf(binary(g, 'Add', rows, other)).inputs).toEqual([rows, other])

  for (const shape of [
    [1, 3, 4],
    [2, 3, 2],
  ]) {
    const {g, rows} = startMatrices(...shape)
    const gain = g.input('w', 'float32', shape.slice(2))
    expect(nodeOf(binary(g, 'Mul', rows, gain)).inputs).toEqual([rows, gain])
  }
})
