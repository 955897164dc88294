import {expect, test} from 'vitest'
import {Graph} from './graph.ts'
import {KERNELS} from './kernels.ts'
import {bytesOf, type StoredDType} from './program.ts'
import {nameOf, type Value} from './value.ts'

const float = (...shape: number[]) => ({dtype: 'float32', shape}) as const
const ops = (g: Graph) => g.nodes.map(node => node.op)
const weight = (g: Graph, dtype: StoredDType, shape = [4, 3]) =>
  g.weight('W', {dtype, shape, at: {file: '/model.safetensors', offset: 75, bytes: bytesOf(dtype, shape)}})

test('equal nodes are one node', () => {
  const g = new Graph()
  const [x, y] = [g.input('x', 'float32', [2]), g.input('y', 'float32', [2])]
  const sum = g.op('Add', [x, y], float(2))
  expect(g.op('Add', [x, y], float(2))).toBe(sum)
  expect(ops(g)).toEqual(['Add'])
})

test('nodes that differ in anything are not shared', () => {
  const g = new Graph()
  const [x, y] = [g.input('x', 'float32', [2]), g.input('y', 'float32', [2])]
  g.op('Add', [x, y], float(2))
  g.op('Add', [y, x], float(2))
  g.op('Sub', [x, y], float(2))
  g.op('Add', [x, y], float(2), {domain: 'com.microsoft'})
  g.op('Add', [x, y], float(2), {attributes: {axis: 0}})
  g.op('Add', [x, y], float(2), {attributes: {axis: 1}})
  g.op('Add', [x, y, y], float(2))
  g.ops('Add', [x, y], [float(2), float(2)])
  expect(g.nodes).toHaveLength(8)
  expect(new Set(g.nodes.flatMap(node => node.outputs).map(nameOf)).size).toBe(9)
})

test('several outputs of one node are shared together', () => {
  const g = new Graph()
  const x = g.input('x', 'float32', [4])
  const parts = g.ops('Split', [x], [float(1), float(3)])
  expect(g.ops('Split', [x], [float(1), float(3)])).toBe(parts)
  expect(parts.map(part => part.shape)).toEqual([[1], [3]])
})

test('a copy is never shared', () => {
  const g = new Graph()
  const x = g.input('x', 'float32', [4])
  expect(nameOf(g.copy(x))).not.toBe(nameOf(g.copy(x)))
})

test('splats and views become nodes only when an op needs them materialized', () => {
  const g = new Graph()
  const x = g.input('x', 'float32', [1, 3])
  const splat = g.splat(2, [2, 3])
  const view: Value = {kind: 'view', source: x, ...float(2, 3)}
  expect(g.nodes).toEqual([])
  expect(() => nameOf(splat)).toThrow('a splat value has no name until it is materialized')
  expect(() => nameOf(view)).toThrow('a view value has no name until it is materialized')

  expect(g.materialize(g.splat(2))).toMatchObject({kind: 'constant', shape: []})
  expect(g.nodes).toEqual([])
  g.op('Softmax', [view], view)
  g.op('Softmax', [splat], splat)
  g.op('Relu', [view], view)
  expect(ops(g)).toEqual(['Expand', 'Softmax', 'Expand', 'Softmax', 'Relu'])
  expect(g.nodes[0].inputs[0]).toBe(x)
})

test('equal constants are one, whatever array they came in', () => {
  const g = new Graph()
  const numbers = g.constant(Float32Array.of(0, 1, 2, 1, 2).subarray(3), [2], 'float32')
  expect(g.constant(Float32Array.of(1, 2), [2], 'float32')).toBe(numbers)
  expect(g.constant(Float32Array.of(1, 2), [1, 2], 'float32')).not.toBe(numbers)
  expect(g.constant(Float32Array.of(2, 1), [2], 'float32')).not.toBe(numbers)
  expect(g.constant(new Int32Array(Float32Array.of(1, 2).buffer), [2], 'int32')).not.toBe(numbers)
  expect(g.ints([1, 2])).toBe(g.ints([1, 2]))
  expect(g.scalar(1)).not.toBe(g.scalar(1, 'int32'))
})

test('a 16-bit weight is upcast anew for every use, next to it', () => {
  for (const dtype of ['bfloat16', 'float16'] as const) {
    const g = new Graph()
    const x = g.input('x', 'float32', [2, 3])
    const W = weight(g, dtype)
    g.op('Gemm', [x, W], float(2, 4))
    g.op('Relu', [x], float(2, 3))
    g.op('Gemm', [x, W], float(2, 4))
    expect(ops(g)).toEqual(['Cast', 'Gemm', 'Relu', 'Cast', 'Gemm'])
    for (const cast of [g.nodes[0], g.nodes[3]]) {
      expect(cast.inputs).toEqual([W])
      expect(cast.outputs[0]).toMatchObject(float(4, 3))
      expect(cast.attributes).toEqual({to: 1})
    }
  }
})

test('a gather picks rows of a 16-bit weight before they are upcast', () => {
  const g = new Graph()
  const rows = KERNELS.GatherV2(g, {x: weight(g, 'bfloat16'), indices: g.input('ids', 'int32', [2, 5])}, {axis: 0})
  expect(ops(g)).toEqual(['Gather', 'Cast'])
  expect(g.nodes[0].outputs[0]).toMatchObject({dtype: 'bfloat16', shape: [2, 5, 3]})
  expect(rows).toMatchObject(float(2, 5, 3))
})

test('a float32 weight is read as it is', () => {
  const g = new Graph()
  g.op('Relu', [weight(g, 'float32')], float(4, 3))
  expect(ops(g)).toEqual(['Relu'])
})

test('a weight that a program cannot read is refused by name', () => {
  const g = new Graph()
  expect(() => weight(g, 'float64')).toThrow('W: a program cannot read a weight stored as float64')
  expect(() => weight(g, 'uint8')).toThrow('W: a program cannot read a weight stored as uint8')
})

test('bytes are numbers times their width', () => {
  expect(bytesOf('float32', [])).toBe(4)
  expect(bytesOf('bfloat16', [2, 3])).toBe(12)
  expect(bytesOf('int64', [3])).toBe(24)
  expect(bytesOf('bool', [3])).toBe(3)
})
