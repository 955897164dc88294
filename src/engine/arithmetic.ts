// Building blocks of the kernel table that see through splats, views, reshapes and scalings, so that what a gradient
// rule writes down needlessly (× 1, + 0, a broadcast, a reshape of a reshape) never becomes a node.
import {entrywise, inPieces, piecesOf, rowsOf, widthsOf} from './column-tiles.ts'
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
  const pieces = entrywise(g, [a, b], {shape, apply: ([a, b]) => binary(g, op, a, b)})
  if (pieces) return pieces
  if (wide(a) !== 'float32') return elementwise(g, op, a, b, wide(a))
  if (a.kind === 'splat' && b.kind === 'splat' && FOLD[op]) return g.splat(FOLD[op](a.value, b.value), shape)
  if (b.kind === 'splat') {
    if (op === 'Div') return binary(g, 'Mul', a, g.splat(1 / b.value, b.shape))
    if (op === 'Sub') return binary(g, 'Add', a, g.splat(-b.value, b.shape))
    if (op === 'Pow' && b.value === 2) return expand(g, binary(g, 'Mul', a, a), shape)
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
  const shape = broadcast(a.shape, b.shape)
  const pieces = entrywise(g, [a, b], {shape, apply: ([a, b]) => elementwise(g, op, a, b, dtype)})
  if (pieces) return pieces
  const [p, q] = [beforeReshape(a), beforeReshape(b)]
  if (p && q && equalShapes(a.shape, b.shape) && equalShapes(p.shape, q.shape)) {
    return reshape(g, elementwise(g, op, p, q, dtype), a.shape)
  }
  const [x, y] = [narrow(g, a), narrow(g, b)]
  return expand(g, g.op(op, [x, y], {dtype, shape: broadcast(x.shape, y.shape)}), shape)
}

export function unary(g: Graph, op: string, x: Value, options: NodeOptions = {}): Value {
  const pieces = entrywise(g, [x], {shape: x.shape, apply: ([x]) => unary(g, op, x, options)})
  if (pieces) return pieces
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
  if (x.kind === 'columns' && full.at(-1) === x.shape.at(-1)) {
    const widths = x.parts.map(part => part.shape.at(-1)!)
    return inPieces(g, widths, {shape: full, each: i => reshape(g, x.parts[i], full.with(-1, widths[i]))})
  }
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
  if (x.kind === 'splat' && dtype !== 'int64') return g.splat(castNumber(x.value, dtype), x.shape, dtype)
  return g.op('Cast', [x], {dtype, shape: x.shape}, {attributes: {to: ONNX_TYPE[dtype]}})
}

function castNumber(value: number, dtype: DType): number {
  if (dtype === 'bool') return Number(value !== 0)
  return dtype === 'int32' ? Math.trunc(value) : value
}

export function reduce(g: Graph, op: string, x: Value, axes: readonly number[], keep: boolean): Value {
  const shape = keep ? x.shape.map((d, i) => (axes.includes(i) ? 1 : d)) : x.shape.filter((_, i) => !axes.includes(i))
  const count = axes.reduce((n, axis) => n * x.shape[axis], 1)
  if (x.kind === 'splat' && op === 'ReduceSum') return g.splat(x.value * count, shape, x.dtype as DType)
  if (x.kind === 'splat' && op === 'ReduceMean') return g.splat(x.value, shape)
  if (count === 1) return reshape(g, x, shape)
  if (x.kind === 'columns' && !axes.includes(x.shape.length - 1)) {
    const widths = x.parts.map(part => part.shape.at(-1)!)
    return inPieces(g, widths, {shape, each: i => reduce(g, op, x.parts[i], axes, keep)})
  }
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
  const pieces = shape.length === 2 ? productInPieces(g, a, b, {transA, transB, shape}) : undefined
  if (pieces) return pieces
  if (shape.length === 2) return gemm(g, a, b, {transA, transB, shape})
  const [left, leftScale] = unscaled(g, a)
  const [right, rightScale] = unscaled(g, b)
  const alpha = leftScale * rightScale
  const flags = {...flagsOf(transA, transB), ...alphaOf(alpha)}
  const out = {dtype: 'float32', shape} as const
  if (!transA && !transB && alpha === 1) return g.op('MatMul', [left, right], out)
  return g.op('FusedMatMul', [left, right], out, {attributes: flags, domain: 'com.microsoft'})
}

/** A product that reads or answers what is in pieces, or should be. */
function productInPieces(
  g: Graph,
  a: Value,
  b: Value,
  {transA, transB, shape}: {readonly transA: boolean; readonly transB: boolean; readonly shape: Shape},
): Value | undefined {
  if (a.kind === 'columns') {
    const widths = a.parts.map(part => part.shape.at(-1)!)
    if (transA) {
      const parts = a.parts.map((part, i) => g.inPiece(i, () => matmul(g, part, b, true, transB)))
      return g.op('Concat', parts, {dtype: 'float32', shape}, {attributes: {axis: 0}})
    }
    const pieces = transB ? piecesOf(g, b, widths) : rowsOf(g, b, widths)
    return a.parts.slice(1).reduce(
      (sum, part, i) => g.inPiece(i + 1, () => gemm(g, part, pieces(i + 1), {transA, transB, shape, sum})),
      g.inPiece(0, () => gemm(g, a.parts[0], pieces(0), {transA, transB, shape})),
    )
  }
  if (b.kind === 'columns' && !transB) {
    const widths = b.parts.map(part => part.shape.at(-1)!)
    return inPieces(g, widths, {shape, each: i => matmul(g, a, b.parts[i], transA, false)})
  }
  const widths = g.pieces && b.kind === 'weight' && !transA ? widthsOf(shape, a.shape[1]) : undefined
  if (!widths) return undefined
  const pieces = transB ? rowsOf(g, b, widths) : piecesOf(g, b, widths)
  return inPieces(g, widths, {
    shape,
    each: i => gemm(g, a, pieces(i), {transA, transB, shape: shape.with(1, widths[i])}),
  })
}

interface GemmOptions {
  readonly transA: boolean
  readonly transB: boolean
  readonly shape: Shape
  /** What is added to the product. */
  readonly sum?: Value
}

/** a b of matrices; scalings of the operands become the product's alpha. */
function gemm(g: Graph, a: Value, b: Value, {transA, transB, shape, sum}: GemmOptions): Value {
  const [left, leftScale] = unscaled(g, a)
  const [right, rightScale] = unscaled(g, b)
  const attributes = {...flagsOf(transA, transB), ...alphaOf(leftScale * rightScale)}
  return g.op('Gemm', sum ? [left, right, sum] : [left, right], {dtype: 'float32', shape}, {attributes})
}

const flagsOf = (transA: boolean, transB: boolean) => ({transA: transA ? 1 : 0, transB: transB ? 1 : 0})

const alphaOf = (alpha: number): Record<string, {float: number}> => (alpha === 1 ? {} : {alpha: {float: alpha}})

function unscaled(g: Graph, x: Value): [value: Value, by: number] {
  const scaled = beforeReshape(x) ?? x
  const scales = scaled.kind === 'node' ? scaled.node.scales : undefined
  return scales && equalShapes(scales.of.shape, scaled.shape) ? [reshape(g, scales.of, x.shape), scales.by] : [x, 1]
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
