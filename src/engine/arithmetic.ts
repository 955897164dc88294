// Building blocks of the kernel table that see through splats, views, reshapes and scalings, so that what a gradient
// rule writes down needlessly (× 1, + 0, a broadcast, a reshape of a reshape) never becomes a node.
import type {Graph, NodeOptions, Value} from './graph.ts'
import {type DType, equalShapes, type Shape, size} from './program.ts'
import {ONNX_TYPE} from './proto.ts'

const FOLD: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
}

/** Elementwise `a op b` with broadcasting. */
export function binary(g: Graph, op: string, a: Value, b: Value): Value {
  const shape = broadcast(a.shape, b.shape)
  if (wide(a) !== 'float32') return elementwise(g, op, a, b, wide(a))
  if (a.kind === 'splat' && b.kind === 'splat' && FOLD[op]) return g.splat(FOLD[op](a.value, b.value), shape)
  if (b.kind === 'splat') {
    if (op === 'Div') return binary(g, 'Mul', a, g.splat(1 / b.value))
    if (op === 'Sub') return binary(g, 'Add', a, g.splat(-b.value))
    if (op === 'Pow' && b.value === 2) return binary(g, 'Mul', a, a)
    if ((op === 'Mul' && b.value === 1) || (op === 'Add' && b.value === 0)) return expand(g, a, shape)
    if (op === 'Mul' || op === 'Add') return withNumber(g, op, a, b.value, shape)
  }
  if (a.kind === 'splat') {
    if (op === 'Mul' || op === 'Add') return binary(g, op, b, a)
    if (op === 'Sub') return binary(g, 'Add', unary(g, 'Neg', b), a)
  }
  return elementwise(g, op, a, b, 'float32')
}

export const compare = (g: Graph, op: string, a: Value, b: Value) => elementwise(g, op, a, b, 'bool')

/** One node on operands as small as broadcasting allows; the result grows to its full shape as a view. */
export function elementwise(g: Graph, op: string, a: Value, b: Value, dtype: Value['dtype']): Value {
  const [p, q] = [beforeReshape(a), beforeReshape(b)]
  if (p && q && equalShapes(a.shape, b.shape) && equalShapes(p.shape, q.shape)) {
    return reshape(g, elementwise(g, op, p, q, dtype), a.shape)
  }
  const [x, y] = [narrow(g, a), narrow(g, b)]
  return expand(g, g.op(op, [x, y], {dtype, shape: broadcast(x.shape, y.shape)}), broadcast(a.shape, b.shape))
}

export function unary(g: Graph, op: string, x: Value, options: NodeOptions = {}): Value {
  if (x.kind === 'view') return expand(g, unary(g, op, x.source, options), x.shape)
  const flat = beforeReshape(x)
  if (flat) return reshape(g, unary(g, op, flat, options), x.shape)
  return g.op(op, [x], {dtype: wide(x), shape: x.shape}, options)
}

/** x ∘ number. A chain of scalings becomes one, and remembers what it scales. */
function withNumber(g: Graph, op: 'Mul' | 'Add', x: Value, number: number, shape: Shape): Value {
  if (x.kind === 'view') return expand(g, withNumber(g, op, x.source, number, x.source.shape), shape)
  const flat = beforeReshape(x)
  if (flat && equalShapes(x.shape, shape)) return reshape(g, withNumber(g, op, flat, number, flat.shape), shape)
  const earlier = op === 'Mul' && x.kind === 'node' ? x.node.scales : undefined
  if (earlier) return withNumber(g, op, earlier.of, earlier.by * number, shape)
  const result = g.op(op, [x, g.scalar(number)], {dtype: 'float32', shape: x.shape})
  if (op === 'Mul' && result.kind === 'node') result.node.scales = {of: x, by: number}
  return expand(g, result, shape)
}

/**
 * What a reshape was made of. Whatever works entry by entry, or row by row, does so before the reshape instead of
 * after it: reshapes meet and merge, and the runtime copies nothing for them.
 */
function beforeReshape(x: Value): Value | undefined {
  return x.kind === 'node' && x.node.op === 'Reshape' ? x.node.inputs[0] : undefined
}

/** The same where the rows, the last axis, are the same too. */
export function sameRows(x: Value): Value | undefined {
  const flat = beforeReshape(x)
  return flat && flat.shape.length > 1 && flat.shape.at(-1) === x.shape.at(-1) ? flat : undefined
}

function narrow(g: Graph, x: Value): Value {
  if (x.kind === 'view') return x.source
  return x.kind === 'splat' ? g.scalar(x.value, x.dtype as DType) : x
}

export function expand(g: Graph, x: Value, shape: Shape): Value {
  if (equalShapes(x.shape, shape)) return x
  if (x.kind === 'splat') return g.splat(x.value, shape, x.dtype as DType)
  return {kind: 'view', source: x.kind === 'view' ? x.source : x, dtype: x.dtype, shape}
}

export function reshape(g: Graph, x: Value, shape: Shape): Value {
  const known = shape.reduce((n, d) => (d < 0 ? n : n * d), 1)
  const full = shape.map(d => (d < 0 ? size(x.shape) / known : d))
  if (equalShapes(x.shape, full)) return x
  if (x.kind === 'splat') return g.splat(x.value, full, x.dtype as DType)
  if (x.kind === 'node' && x.node.op === 'Reshape') return reshape(g, x.node.inputs[0]!, full)
  return g.op('Reshape', [x, g.ints(full)], {dtype: wide(x), shape: full})
}

export function transpose(g: Graph, x: Value, permutation: readonly number[]): Value {
  if (permutation.every((p, i) => p === i)) return x
  const shape = permutation.map(p => x.shape[p])
  const moved = permutation.filter(p => x.shape[p] > 1)
  if (moved.every((p, i) => i === 0 || p > moved[i - 1])) return reshape(g, x, shape) // only axes of size 1 move
  if (x.kind === 'splat') return g.splat(x.value, shape, x.dtype as DType)
  if (x.kind === 'node' && x.node.op === 'Transpose') {
    const earlier = x.node.attributes.perm as readonly number[]
    return transpose(
      g,
      x.node.inputs[0]!,
      permutation.map(p => earlier[p]),
    )
  }
  return g.op('Transpose', [x], {dtype: wide(x), shape}, {attributes: {perm: permutation}})
}

export function cast(g: Graph, x: Value, dtype: DType | 'int64'): Value {
  if (x.dtype === dtype) return x
  if (x.kind === 'splat' && dtype !== 'int64') return g.splat(x.value, x.shape, dtype)
  return g.op('Cast', [x], {dtype, shape: x.shape}, {attributes: {to: ONNX_TYPE[dtype]}})
}

export function reduce(g: Graph, op: string, x: Value, axes: readonly number[], keep: boolean): Value {
  const shape = keep ? x.shape.map((d, i) => (axes.includes(i) ? 1 : d)) : x.shape.filter((_, i) => !axes.includes(i))
  const count = axes.reduce((n, axis) => n * x.shape[axis], 1)
  if (x.kind === 'splat' && op === 'ReduceSum') return g.splat(x.value * count, shape)
  if (x.kind === 'splat' && op === 'ReduceMean') return g.splat(x.value, shape)
  if (count === 1) return reshape(g, x, shape)
  const flat = sameRows(x)
  if (flat && axes.length === 1 && axes[0] === x.shape.length - 1) {
    return reshape(g, reduce(g, op, flat, [flat.shape.length - 1], true), shape)
  }
  return g.op(op, [x, g.ints(axes)], {dtype: wide(x), shape}, {attributes: {keepdims: keep ? 1 : 0}})
}

/** a b over the last two axes, either one transposed; scalings of the operands become the product's alpha. */
export function matmul(g: Graph, a: Value, b: Value, transA: boolean, transB: boolean): Value {
  const rows = a.shape.at(transA ? -1 : -2)!
  const columns = b.shape.at(transB ? -2 : -1)!
  const shape = [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns]
  const [left, leftScale] = unscaled(a)
  const [right, rightScale] = unscaled(b)
  const alpha = leftScale * rightScale
  const scaling: Record<string, {float: number}> = alpha === 1 ? {} : {alpha: {float: alpha}}
  const flags = {transA: transA ? 1 : 0, transB: transB ? 1 : 0, ...scaling}
  const out = {dtype: 'float32', shape} as const
  if (shape.length === 2) return g.op('Gemm', [left, right], out, {attributes: flags})
  if (!transA && !transB && alpha === 1) return g.op('MatMul', [left, right], out)
  return g.op('FusedMatMul', [left, right], out, {attributes: flags, domain: 'com.microsoft'})
}

function unscaled(x: Value): [value: Value, by: number] {
  const scales = x.kind === 'node' ? x.node.scales : undefined
  return scales && equalShapes(scales.of.shape, x.shape) ? [scales.of, scales.by] : [x, 1]
}

export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({length: rank}, (_, i) => {
    const [m, n] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1]
    return m === 1 ? n : m
  })
}

/** A 16-bit weight is float32 to whatever computes with it. */
export const wide = (x: Value): DType | 'int64' =>
  x.dtype === 'bfloat16' || x.dtype === 'float16' ? 'float32' : x.dtype
