// What the WebGPU provider of onnxruntime 1.30 lacks, or computes wrongly, by the ops that it has.
import {cast, transpose} from './arithmetic.ts'
import type {Graph, Lowering, Value} from './graph.ts'
import type {DType} from './program.ts'

export const WEBGPU: Lowering = {
  FusedMatMul(g, [a, b], [output], {transA, transB, alpha}) {
    const left = transA ? turned(g, a!) : a!
    const right = transB ? turned(g, b!) : b!
    const product = g.op('MatMul', [left, right], output)
    if (typeof alpha !== 'object' || !('float' in alpha)) return [product]
    return [g.op('Mul', [product, g.scalar(alpha.float)], output)]
  },

  // a kernel binds one storage buffer an operand, and devices have as few as eight of them
  Split(g, [x], outputs, {axis}) {
    const at = axis as number
    if (outputs.length < BUFFERS && x!.dtype !== 'bool') return undefined
    let from = 0
    return outputs.map(output => {
      const [start, end] = [from, from + output.shape[at]]
      from = end
      return g.op('Slice', [x, g.ints([start]), g.ints([end]), g.ints([at])], output)
    })
  },
  Concat(g, parts, [output], {axis}) {
    const at = axis as number
    if (output.dtype === 'bool') return asNumbers('Concat')(g, parts, [output], {axis})
    if (parts.length < BUFFERS) return undefined
    const joined: Value[] = []
    for (let i = 0; i < parts.length; i += BUFFERS - 1) {
      const some = parts.slice(i, i + BUFFERS - 1)
      const length = some.reduce((n, part) => n + part!.shape[at], 0)
      const whole = {...output, shape: output.shape.with(at, length)}
      joined.push(some.length === 1 ? some[0]! : g.op('Concat', some, whole, {attributes: {axis: at}}))
    }
    return [g.op('Concat', joined, output, {attributes: {axis: at}})]
  },

  // its second output, the inverse root mean squares, is not what it should be
  SimplifiedLayerNormalization(g, [x, gain], [output, found], {epsilon}) {
    const eps = g.scalar((epsilon as {float: number}).float)
    const squares = g.op('Mul', [x, x], output)
    const mean = g.op('ReduceMean', [squares, g.ints([x!.shape.length - 1])], found, {attributes: {keepdims: 1}})
    const root = g.op('Sqrt', [g.op('Add', [mean, eps], found)], found)
    const inverse = g.op('Reciprocal', [root], found)
    return [g.op('Mul', [g.op('Mul', [x, inverse], output), gain], output), inverse]
  },

  // whole numbers and truth values are not moved or counted by every kernel
  Slice(g, [x, starts, ends, axes], [output], attributes) {
    if (output.dtype === 'bool') return asNumbers('Slice')(g, [x, starts, ends, axes], [output], attributes)
    if (output.dtype !== 'int32') return undefined
    const [from, to, cut] = [starts, ends, axes].map(ints)
    return [cut.reduce((part, axis, i) => picked(g, part, {axis, from: from[i], to: to[i]}), x!)]
  },
  Transpose: asNumbers('Transpose'),
  Tile: asNumbers('Tile'),
  Pad: asNumbers('Pad'),
  Identity: asNumbers('Identity'),
  Equal(g, [a, b], [output]) {
    return a!.dtype === 'bool' ? [g.op('Equal', [number(g, a!), number(g, b!)], output)] : undefined
  },
  Neg: (g, [x], [output]) => (output.dtype === 'int32' ? [g.op('Sub', [g.scalar(0, 'int32'), x], output)] : undefined),
  Abs: (g, [x], [output]) =>
    output.dtype === 'int32' ? [g.op('Max', [x, g.op('Neg', [x], output)], output)] : undefined,
  Not: (g, [x], [output]) => [g.op('Equal', [number(g, x!), g.scalar(0, 'int32')], output)],
  And: (g, [a, b], [output]) => {
    const both = g.op('Mul', [number(g, a!), number(g, b!)], {...output, dtype: 'int32'})
    return [g.op('Greater', [both, g.scalar(0, 'int32')], output)]
  },
  Or: (g, [a, b], [output]) => {
    const sum = g.op('Add', [number(g, a!), number(g, b!)], {...output, dtype: 'int32'})
    return [g.op('Greater', [sum, g.scalar(0, 'int32')], output)]
  },
  Sign(g, [x], [output]) {
    const zero = g.scalar(0, output.dtype as DType)
    const is = (op: string) => cast(g, g.op(op, [x, zero], {...output, dtype: 'bool'}), output.dtype as DType)
    return [g.op('Sub', [is('Greater'), is('Less')], output)]
  },

  // the first place of the largest number, as int32 at once
  ArgMax(g, [x], [output], {axis}) {
    const at = (axis as number) < 0 ? (axis as number) + x!.shape.length : (axis as number)
    const count = x!.shape[at]
    const kept = {dtype: x!.dtype, shape: x!.shape.with(at, 1)}
    const largest = g.op('ReduceMax', [x, g.ints([at])], kept, {attributes: {keepdims: 1}})
    const found = g.op('Equal', [x, largest], {dtype: 'bool', shape: x!.shape})
    const places = g.constant(
      Float32Array.from({length: count}, (_, i) => i),
      x!.shape.map((_, i) => (i === at ? count : 1)),
      'float32',
    )
    const here = g.op('Where', [found, places, g.scalar(count)], {dtype: 'float32', shape: x!.shape})
    const first = g.op(
      'ReduceMin',
      [here, g.ints([at])],
      {dtype: 'float32', shape: output.shape},
      {
        attributes: {keepdims: 0},
      },
    )
    return [cast(g, first, 'int32')]
  },
}

/** Operands of one kernel, its result among them, that every device takes. */
const BUFFERS = 8

/** Its last two axes exchanged. */
function turned(g: Graph, x: Value): Value {
  const axes = [...x.shape.keys()]
  return transpose(g, x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!])
}

const number = (g: Graph, x: Value): Value => cast(g, x, 'int32')

/** An op that moves truth values moves them as numbers. */
function asNumbers(op: string): Lowering[string] {
  return (g, inputs, [output], attributes) => {
    if (output.dtype !== 'bool') return undefined
    const numbers = inputs.map(x => (x?.dtype === 'bool' ? number(g, x) : x))
    return [cast(g, g.op(op, numbers, {...output, dtype: 'int32'}, {attributes}), 'bool')]
  }
}

/** Entries `from` to `to` along an axis, by a gather. */
function picked(g: Graph, x: Value, {axis, from, to}: {axis: number; from: number; to: number}): Value {
  const places = g.ints(Array.from({length: to - from}, (_, i) => from + i))
  const shape = x.shape.with(axis, to - from)
  return g.op('Gather', [x, places], {dtype: x.dtype, shape}, {attributes: {axis}})
}

/** The numbers of a constant of the graph. */
function ints(value: Value | undefined): number[] {
  if (value?.kind !== 'constant') throw new Error('a slice has constant ends')
  const {buffer, byteOffset, byteLength} = value.bytes
  return Array.from(new BigInt64Array(buffer as ArrayBuffer, byteOffset, byteLength / 8), Number)
}
