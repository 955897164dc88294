// The kernel table: one row for each TensorFlow.js kernel that a step here or in a test reaches, which writes it as nodes of
// the graph. A kernel without a row fails while tracing, by name.
import {tf} from '../tensor/tf.ts'
import {
  binary,
  broadcast,
  cast,
  computeType,
  elementwise,
  expand,
  reduce,
  reshape,
  rowwiseSource,
  transpose,
  unary,
} from './arithmetic.ts'
import type {Graph} from './graph.ts'
import {matmul} from './products.ts'
import {ARRAYS, type DType, equalShapes, size} from './program.ts'
import type {Value} from './value.ts'

// biome-ignore lint/suspicious/noExplicitAny: TensorFlow.js types no kernel's operands and attributes
export type Operands = Record<string, any>
type KernelRow = (g: Graph, inputs: Operands, attributes: Operands) => Value | readonly Value[]

/** The kernels of one operand that ONNX has under the same name. */
const UNARY = ['Abs', 'Erf', 'Exp', 'Log', 'Neg', 'Relu', 'Sigmoid', 'Sqrt', 'Tanh']

/** onnxruntime splits a ScatterND of more entries over threads, which overwrite each other's sums. */
const SERIAL_ENTRIES = 100_000

export const KERNELS: Readonly<Record<string, KernelRow>> = {
  // elementwise, one operand
  ...Object.fromEntries(UNARY.map((op): [string, KernelRow] => [op, (g, {x}) => unary(g, op, x)])),
  Identity: (_, {x}) => x,
  Rsqrt: (g, {x}) => unary(g, 'Reciprocal', unary(g, 'Sqrt', x)),
  Square: (g, {x}) => binary(g, 'Mul', x, x),
  Cast: (g, {x}, {dtype}) => (dtype === 'float32' ? float(g, x) : cast(g, x, dtype)),

  // elementwise, two operands
  Add: binaryOp('Add'),
  Sub: binaryOp('Sub'),
  Multiply: binaryOp('Mul'),
  RealDiv: binaryOp('Div'),
  Maximum: (g, {a, b}) => elementwise(g, 'Max', a, b, computeType(a)),
  Minimum: (g, {a, b}) => elementwise(g, 'Min', a, b, computeType(a)),
  Equal: comparison('Equal'),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  Select: (g, {condition, t, e}) => {
    const shape = broadcast(condition.shape, broadcast(t.shape, e.shape))
    const small = (x: Value) => (x.kind === 'splat' ? g.scalar(x.value, x.dtype) : x)
    return g.op('Where', [condition, small(t), small(e)], {dtype: computeType(t), shape})
  },

  // reductions
  Sum: reduction('ReduceSum'),
  Mean: (g, {x}, attributes) => reduction('ReduceMean')(g, {x: float(g, x)}, attributes),
  Max: reduction('ReduceMax'),
  Cumsum: (g, {x}, {axis, exclusive, reverse}) => {
    const attributes = {exclusive: Number(exclusive), reverse: Number(reverse)}
    const {shape} = x
    return g.op('CumSum', [x, g.scalar(positive(axis, x), 'int32')], {dtype: computeType(x), shape}, {attributes})
  },
  Softmax: (g, {logits}, {dim}) => g.op('Softmax', [logits], logits, {attributes: {axis: dim}}),

  // matrices
  BatchMatMul: (g, {a, b}, {transposeA, transposeB}) => matmul(g, a, b, {transA: transposeA, transB: transposeB}),

  // movement
  Expand: (g, {x}, {shape}) => expand(g, x, shape),
  Reshape: (g, {x}, {shape}) => reshape(g, x, shape),
  Transpose: (g, {x}, {perm}) => transpose(g, x, perm),
  Slice: (g, {x}, {begin, size: sizes}) => {
    const [from, counts] = tf.slice_util.parseSliceParams(x, begin, sizes)
    return slice(g, x, from, counts)
  },
  PadV2: (g, {x}, {paddings, constantValue}) => {
    if (paddings.flat().every((n: number) => n === 0)) return x
    const shape = x.shape.map((d: number, i: number) => d + paddings[i][0] + paddings[i][1])
    const pads = [...paddings.map((p: number[]) => p[0]), ...paddings.map((p: number[]) => p[1])]
    const dtype = computeType(x) as DType
    return g.op('Pad', [x, g.ints(pads), g.scalar(constantValue, dtype)], {dtype, shape})
  },
  Concat: (g, inputs, {axis}) => {
    const parts: Value[] = Object.values(inputs)
    const at = positive(axis, parts[0])
    if (parts.length === 1) return parts[0]
    const length = parts.reduce((n, part) => n + part.shape[at], 0)
    const shape = parts[0].shape.with(at, length)
    return g.op('Concat', parts, {dtype: computeType(parts[0]), shape}, {attributes: {axis: at}})
  },
  SplitV: (g, {x}, {numOrSizeSplits, axis}) => {
    const at = positive(axis, x)
    const sizes: number[] = Array.isArray(numOrSizeSplits)
      ? numOrSizeSplits
      : Array(numOrSizeSplits).fill(x.shape[at] / numOrSizeSplits)
    if (sizes.length === 1) return [x]
    const inputs = g.splitInput(x, sizes)
    if (inputs) return inputs
    const parts = sizes.map(n => ({dtype: computeType(x), shape: x.shape.with(at, n)}))
    return g.ops('Split', [x, g.ints(sizes)], parts, {attributes: {axis: at}})
  },
  Tile: (g, {x}, {reps}) => {
    const shape = x.shape.map((d: number, i: number) => d * reps[i])
    const broadcasts = reps.every((r: number, i: number) => r === 1 || x.shape[i] === 1)
    return broadcasts ? expand(g, x, shape) : g.op('Tile', [x, g.ints(reps)], {dtype: computeType(x), shape})
  },
  GatherV2: (g, {x, indices}, {axis, batchDims}) => {
    if (batchDims) throw new Error(`GatherV2: batch dimensions are not supported: ${batchDims}`)
    const shape = x.shape.toSpliced(axis, 1, ...indices.shape)
    const rows = g.op('Gather', [x, indices], {dtype: x.dtype, shape}, {attributes: {axis}})
    return cast(g, rows, computeType(x))
  },
  UnsortedSegmentSum: (g, {x, segmentIds}, {numSegments}) => {
    const [count, ...row]: number[] = x.shape
    const shape = [numSegments, ...row]
    const ids = cast(g, reshape(g, segmentIds, [count, 1]), 'int64')
    const most = Math.max(1, Math.floor(SERIAL_ENTRIES / size(row)))
    const attributes = {reduction: 'add'}
    let sum = g.splat(0, shape)
    for (let from = 0; from < count; from += most) {
      const rows = Math.min(most, count - from)
      const part = (of: Value) => slice(g, of, [from, ...of.shape.slice(1).fill(0)], of.shape.with(0, rows))
      sum = g.op('ScatterND', [sum, part(ids), part(x)], {dtype: 'float32', shape}, {attributes})
    }
    return sum
  },

  // creation
  Fill: (g, _, {shape, value, dtype}) => g.splat(value, shape, dtype ?? 'float32'),
  ZerosLike: (g, {x}) => g.splat(0, x.shape, computeType(x) as DType),
  Range: (g, _, {start, stop, step, dtype}) => {
    const count = Math.max(0, Math.ceil((stop - start) / step))
    const values = Array.from({length: count}, (_, i) => start + i * step)
    const type = dtype === 'int32' ? 'int32' : 'float32'
    return g.constant(new ARRAYS[type](values), [count], type)
  },

  // our own kernels (src/tensor/fused.ts) that onnxruntime has in one piece
  RmsNorm: (g, {x, gain}, {eps}) => norm(g, 'SimplifiedLayerNormalization', [x, gain], {eps, statistics: 1}),
  LayerNorm: (g, {x, gain, bias}, {eps}) => norm(g, 'LayerNormalization', [x, gain, bias], {eps, statistics: 2}),
  Gelu: (g, {x}) => unary(g, 'Gelu', x, {domain: 'com.microsoft'}),
  GeluTanh: (g, {x}) => unary(g, 'FastGelu', x, {domain: 'com.microsoft'}),
  Silu: (g, {x}) => unary(g, 'QuickGelu', x, {attributes: {alpha: {float: 1}}, domain: 'com.microsoft'}),
  Rotate: (g, {x, cos, sin}) => {
    const [, H, , D] = x.shape
    const R = 2 * cos.shape[1]
    const first = g.ints([0]) // token t has row t of cos and sin
    const partial: Record<string, number> = R < D ? {num_heads: H, rotary_embedding_dim: R} : {}
    const attributes = {interleaved: 0, ...partial}
    return g.op('RotaryEmbedding', [x, first, cos, sin], x, {attributes, domain: 'com.microsoft'})
  },
  DropMask: (g, {rows, columns}, {threshold}) => {
    const shape = [rows.shape[0], columns.shape[0]]
    const int32 = {dtype: 'int32', shape} as const
    const column = reshape(g, rows, [rows.shape[0], 1])
    const product = g.op('Mul', [column, columns], int32)
    const mixed = g.op('Add', [g.op('Mul', [product, product], int32), column], int32)
    return g.op('Less', [mixed, g.scalar(threshold, 'int32')], {dtype: 'bool', shape})
  },
  RowNorm: (g, {x}) =>
    reduce(g, 'ReduceL2', x.shape.at(-1) === 1 ? unary(g, 'Abs', x) : x, {axes: [x.shape.length - 1]}),
  // x + clip(Σ first entries, 0, 0): the runtime cannot start what needs x before it has finished what they need.
  After: (g, {x, ...dependencies}) => {
    const firsts = Object.values<Value>(dependencies).map(d => slice(g, reshape(g, d, [size(d.shape)]), [0], [1]))
    const together = KERNELS.Concat(g, Object.fromEntries(firsts.entries()), {axis: 0}) as Value
    const sum = reduce(g, 'ReduceSum', together, {axes: [0]})
    const zero = g.op('Clip', [sum, g.scalar(0), g.scalar(0)], {dtype: 'float32', shape: []})
    return g.op('Add', [x, zero], {dtype: 'float32', shape: x.shape})
  },
}

/** A normalization of rows: the result, and for its gradient the statistics of each row, (…, 1). */
function norm(
  g: Graph,
  op: string,
  [x, ...rest]: Value[],
  {eps, statistics}: {eps: number; statistics: number},
): readonly Value[] {
  const flat = rowwiseSource(x) ?? x
  const perRow = {dtype: 'float32', shape: [...flat.shape.slice(0, -1), 1]} as const
  const outputs = [{dtype: 'float32', shape: flat.shape} as const, ...Array(statistics).fill(perRow)]
  const attributes = {axis: -1, epsilon: {float: eps}}
  const rows = [...x.shape.slice(0, -1), 1]
  return g
    .ops(op, [flat, ...rest], outputs, {attributes})
    .map((value, i) => reshape(g, value, i === 0 ? x.shape : rows))
}

function binaryOp(op: string): KernelRow {
  return (g, {a, b}) => binary(g, op, a, b)
}

function comparison(op: string): KernelRow {
  return (g, {a, b}) => elementwise(g, op, a, b, 'bool')
}

function reduction(op: string): KernelRow {
  return (g, {x}, {axis, reductionIndices, keepDims}) => {
    const axes: number[] = [axis ?? reductionIndices ?? [...x.shape.keys()]].flat().map((i: number) => positive(i, x))
    return reduce(g, op, x, {axes, keepDims})
  }
}

function slice(g: Graph, x: Value, begin: readonly number[], sizes: readonly number[]): Value {
  if (equalShapes(sizes, x.shape)) return x
  if (x.kind === 'splat') return g.splat(x.value, sizes, x.dtype)
  const cut = [...sizes.keys()].filter(i => sizes[i] !== x.shape[i])
  const starts = cut.map(i => begin[i])
  const ends = cut.map(i => begin[i] + sizes[i])
  return g.op('Slice', [x, g.ints(starts), g.ints(ends), g.ints(cut)], {dtype: computeType(x), shape: sizes})
}

/** x as float32. A 16-bit weight counts as float32, because each use upcasts it. */
const float = (g: Graph, x: Value) => (computeType(x) === 'float32' ? x : cast(g, x, 'float32'))

const positive = (axis: number, x: Value) => (axis < 0 ? axis + x.shape.length : axis)
