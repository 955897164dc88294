// Replacements for the ops that the WebGPU provider of onnxruntime 1.30 lacks or computes wrongly.
import {sum} from '../base/collections.ts'
import {cast, transpose} from './arithmetic.ts'
import type {Graph, Lowering} from './graph.ts'
import {floatOf} from './proto.ts'
import {intsOf, type Value} from './value.ts'

export const WEBGPU: Lowering = {
  FusedMatMul(g, [a, b], [output], {transA, transB, alpha}) {
    const left = transA ? transposeLast(g, a) : a
    const right = transB ? transposeLast(g, b) : b
    const product = g.op('MatMul', [left, right], output)
    const scale = floatOf(alpha)
    return [scale === undefined ? product : g.op('Mul', [product, g.scalar(scale)], output)]
  },

  // a kernel binds one storage buffer per operand, and a device may have as few as eight
  Split(g, [x], outputs, {axis}) {
    const at = Number(axis)
    if (outputs.length < BUFFERS && x.dtype !== 'bool') return undefined
    let from = 0
    return outputs.map(output => {
      const [start, end] = [from, from + output.shape[at]]
      from = end
      return g.op('Slice', [x, g.ints([start]), g.ints([end]), g.ints([at])], output)
    })
  },
  Concat(g, parts, [output], {axis}) {
    const at = Number(axis)
    if (output.dtype === 'bool') return viaInt32('Concat')(g, parts, [output], {axis})
    if (parts.length < BUFFERS) return undefined
    const groups: Value[] = []
    for (let i = 0; i < parts.length; i += BUFFERS - 1) {
      const some = parts.slice(i, i + BUFFERS - 1)
      const length = sum(some.map(part => part.shape[at]))
      const whole = {...output, shape: output.shape.with(at, length)}
      groups.push(some.length === 1 ? some[0] : g.op('Concat', some, whole, {attributes: {axis: at}}))
    }
    return [g.op('Concat', groups, output, {attributes: {axis: at}})]
  },

  // its second output, the inverse root mean squares, is wrong
  SimplifiedLayerNormalization(g, [x, gain], [output, perRow], {epsilon}) {
    const eps = g.scalar(floatOf(epsilon) ?? 1e-5) // the operator's default
    const squares = g.op('Mul', [x, x], output)
    const mean = g.op('ReduceMean', [squares, g.ints([x.shape.length - 1])], perRow, {attributes: {keepdims: 1}})
    const root = g.op('Sqrt', [g.op('Add', [mean, eps], perRow)], perRow)
    const inverse = g.op('Reciprocal', [root], perRow)
    return [g.op('Mul', [g.op('Mul', [x, inverse], output), gain], output), inverse]
  },

  // not every kernel takes int32 and bool
  Slice(g, [x, starts, ends, axes], [output], attributes) {
    if (output.dtype === 'bool') return viaInt32('Slice')(g, [x, starts, ends, axes], [output], attributes)
    if (output.dtype !== 'int32') return undefined
    const [from, to, cut] = [starts, ends, axes].map(intsOf)
    return [cut.reduce((part, axis, i) => gatherRange(g, part, {axis, from: from[i], to: to[i]}), x)]
  },
  Transpose: viaInt32('Transpose'),
  Tile: viaInt32('Tile'),
  Pad: viaInt32('Pad'),
  Identity: viaInt32('Identity'),
  Equal: (g, [a, b], [output]) =>
    a.dtype === 'bool' ? [g.op('Equal', [cast(g, a, 'int32'), cast(g, b, 'int32')], output)] : undefined,
}

/** The number of operands of one kernel, its result included, that every device supports. */
const BUFFERS = 8

/** Transposes the last two axes. */
function transposeLast(g: Graph, x: Value): Value {
  const rank = x.shape.length
  return transpose(g, x, [...Array(rank - 2).keys(), rank - 1, rank - 2])
}

/** Runs an op on bool by way of int32. */
function viaInt32(op: string): Lowering[string] {
  return (g, inputs, [output], attributes) => {
    if (output.dtype !== 'bool') return undefined
    const integers = inputs.map(x => (x.dtype === 'bool' ? cast(g, x, 'int32') : x))
    return [cast(g, g.op(op, integers, {...output, dtype: 'int32'}, {attributes}), 'bool')]
  }
}

/** The entries from `from` up to `to` along an axis, by a gather. */
function gatherRange(g: Graph, x: Value, {axis, from, to}: {axis: number; from: number; to: number}): Value {
  const indices = g.ints(Array.from({length: to - from}, (_, i) => from + i))
  const shape = x.shape.with(axis, to - from)
  return g.op('Gather', [x, indices], {dtype: x.dtype, shape}, {attributes: {axis}})
}
