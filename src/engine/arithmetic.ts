// Building blocks of the kernel table. They fold splats, views, reshapes and scalings, so that the needless parts of a
// gradient rule (× 1, + 0, a broadcast, a reshape of a reshape) never become nodes.
import {tiled, tileEntrywise} from './column-tiles.ts'
import type {Graph, NodeOptions} from './graph.ts'
import {type DType, equalShapes, lastDim, type Shape, size} from './program.ts'
import {ONNX_TYPE} from './proto.ts'
import type {Value} from './value.ts'

const FOLD: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
}

/** Elementwise `a op b` with broadcasting. */
export function binary(g: Graph, op: string, a: Value, b: Value): Value {
  const shape = broadcast(a.shape, b.shape)
  const tiles = tileEntrywise(g, [a, b], {shape, apply: ([a, b]) => binary(g, op, a, b)})
  if (tiles) return tiles
  if (computeType(a) !== 'float32') return elementwise(g, op, a, b, computeType(a))
  if (a.kind === 'splat' && b.kind === 'splat' && FOLD[op]) return g.splat(FOLD[op](a.value, b.value), shape)
  if (b.kind === 'splat') {
    if (op === 'Div') return binary(g, 'Mul', a, g.splat(1 / b.value, b.shape))
    if (op === 'Sub') return binary(g, 'Add', a, g.splat(-b.value, b.shape))
    if ((op === 'Mul' && b.value === 1) || (op === 'Add' && b.value === 0)) return expand(g, a, shape)
    if (op === 'Mul' || op === 'Add') return withScalar(g, op, a, b.value, shape)
  }
  if (a.kind === 'splat' && (op === 'Mul' || op === 'Add')) return binary(g, op, b, a)
  return elementwise(g, op, a, b, 'float32')
}

/** One node on operands as small as broadcasting allows; the result is expanded to its full shape as a view. */
export function elementwise(g: Graph, op: string, a: Value, b: Value, dtype: Value['dtype']): Value {
  const shape = broadcast(a.shape, b.shape)
  const tiles = tileEntrywise(g, [a, b], {shape, apply: ([a, b]) => elementwise(g, op, a, b, dtype)})
  if (tiles) return tiles
  const sources = sourcesOf(a, b)
  if (sources) return reshape(g, elementwise(g, op, ...sources, dtype), shape)
  const [x, y] = [unexpanded(g, a), unexpanded(g, b)]
  const [left, right] = asMatrices(g, x, y) ?? [x, y]
  const computed = g.op(op, [left, right], {dtype, shape: broadcast(left.shape, right.shape)})
  return expand(g, reshape(g, computed, broadcast(x.shape, y.shape)), shape)
}

/** The operands before a reshape from one shape to another, if both have it, or one has and the other is a number. */
function sourcesOf(a: Value, b: Value): readonly [Value, Value] | undefined {
  const [p, q] = [reshapeSource(a), reshapeSource(b)]
  if (p && b.kind === 'splat') return equalShapes(broadcast(a.shape, b.shape), a.shape) ? [p, numberOf(b)] : undefined
  if (q && a.kind === 'splat') return equalShapes(broadcast(a.shape, b.shape), b.shape) ? [numberOf(a), q] : undefined
  return p && q && equalShapes(a.shape, b.shape) && equalShapes(p.shape, q.shape) ? [p, q] : undefined
}

const numberOf = (splat: Value): Value => ({...splat, shape: []})

/**
 * Both operands as matrices, if one is a matrix reshaped along its rows, and the other is such a reshape with one entry for each
 * of these rows, a computed tensor of the same shape, a vector or a number.
 */
function asMatrices(g: Graph, x: Value, y: Value): readonly [Value, Value] | undefined {
  const [p, q] = [matrixSource(x), matrixSource(y)]
  const [rows, columns] = broadcast(p?.shape ?? [], q?.shape ?? [])
  if (!(p || q) || !g.options.keepsMatrix(rows, columns)) return undefined
  if (p && q) return equalShapes(x.shape.slice(0, -1), y.shape.slice(0, -1)) ? [p, q] : undefined
  const beside = (other: Value) => {
    if (other.shape.length < 2) return other
    return other.kind === 'node' && equalShapes(x.shape, y.shape) ? reshape(g, other, [rows, columns]) : undefined
  }
  const [left, right] = [p ?? beside(x), q ?? beside(y)]
  return left && right && [left, right]
}

/** The matrix whose reshape along its rows a value is. */
function matrixSource(x: Value): Value | undefined {
  const source = x.shape.length > 2 ? rowwiseSource(x) : undefined
  return source?.shape.length === 2 ? source : undefined
}

export function unary(g: Graph, op: string, x: Value, options: NodeOptions = {}): Value {
  const tiles = tileEntrywise(g, [x], {shape: x.shape, apply: ([x]) => unary(g, op, x, options)})
  if (tiles) return tiles
  if (x.kind === 'view') return expand(g, unary(g, op, x.source, options), x.shape)
  const flat = reshapeSource(x)
  if (flat) return reshape(g, unary(g, op, flat, options), x.shape)
  return g.op(op, [x], {dtype: computeType(x), shape: x.shape}, options)
}

/** x ∘ scalar. A chain of scalings becomes one, which records what it scales. */
function withScalar(g: Graph, op: 'Mul' | 'Add', x: Value, scalar: number, shape: Shape): Value {
  if (x.kind === 'view') return expand(g, withScalar(g, op, x.source, scalar, x.source.shape), shape)
  const flat = reshapeSource(x)
  if (flat && equalShapes(x.shape, shape)) return reshape(g, withScalar(g, op, flat, scalar, flat.shape), shape)
  const earlier = op === 'Mul' && x.kind === 'node' ? x.node.scales : undefined
  if (earlier) return withScalar(g, op, earlier.of, earlier.by * scalar, shape)
  const result = g.op(op, [x, g.scalar(scalar)], {dtype: 'float32', shape: x.shape})
  if (op === 'Mul' && result.kind === 'node') result.node.scales = {of: x, by: scalar}
  return expand(g, result, shape)
}

/**
 * The operand of a reshape. Elementwise and row-wise ops are moved before a reshape: then reshapes meet and merge, and the
 * runtime copies nothing for them.
 */
export function reshapeSource(x: Value): Value | undefined {
  return x.kind === 'node' && x.node.op === 'Reshape' ? x.node.inputs[0] : undefined
}

/** The operand of a reshape that leaves the last axis as it is, so that row-wise ops can move before it. */
export function rowwiseSource(x: Value): Value | undefined {
  const flat = reshapeSource(x)
  return flat && flat.shape.length > 1 && lastDim(flat.shape) === lastDim(x.shape) ? flat : undefined
}

function unexpanded(g: Graph, x: Value): Value {
  if (x.kind === 'view') return x.source
  return x.kind === 'splat' ? g.scalar(x.value, x.dtype) : x
}

export function expand(g: Graph, x: Value, shape: Shape): Value {
  if (equalShapes(x.shape, shape)) return x
  if (x.kind === 'splat') return g.splat(x.value, shape, x.dtype)
  return {kind: 'view', source: x.kind === 'view' ? x.source : x, dtype: x.dtype, shape}
}

export function reshape(g: Graph, x: Value, shape: Shape): Value {
  const known = shape.reduce((n, d) => (d < 0 ? n : n * d), 1)
  const full = shape.map(d => (d < 0 ? size(x.shape) / known : d))
  if (equalShapes(x.shape, full)) return x
  if (x.kind === 'splat') return g.splat(x.value, full, x.dtype)
  if (x.kind === 'tiled' && lastDim(full) === lastDim(x.shape))
    return tiled(g, x.tiles, {shape: full, each: tile => reshape(g, tile, full.with(-1, lastDim(tile.shape)))})
  if (x.kind === 'node' && x.node.op === 'Reshape') return reshape(g, x.node.inputs[0], full)
  if (x.kind === 'input' && x.partOf) return g.inputPart(x.partOf, full)
  return g.op('Reshape', [x, g.ints(full)], {dtype: computeType(x), shape: full})
}

export function transpose(g: Graph, x: Value, permutation: readonly number[]): Value {
  if (permutation.every((p, i) => p === i)) return x
  const shape = permutation.map(p => x.shape[p])
  const moved = permutation.filter(p => x.shape[p] > 1)
  if (moved.every((p, i) => i === 0 || p > moved[i - 1])) return reshape(g, x, shape) // only axes of size 1 move
  if (x.kind === 'splat') return g.splat(x.value, shape, x.dtype)
  if (x.kind === 'node' && x.node.op === 'Transpose') {
    const earlier = x.node.attributes.perm as readonly number[]
    const composed = permutation.map(p => earlier[p])
    return transpose(g, x.node.inputs[0], composed)
  }
  return g.op('Transpose', [x], {dtype: computeType(x), shape}, {attributes: {perm: permutation}})
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

interface Reduction {
  readonly axes: readonly number[]
  /** Reduced axes stay, with size 1. */
  readonly keepDims?: boolean
}

export function reduce(g: Graph, op: string, x: Value, {axes, keepDims = false}: Reduction): Value {
  const shape = keepDims
    ? x.shape.map((d, i) => (axes.includes(i) ? 1 : d))
    : x.shape.filter((_, i) => !axes.includes(i))
  const count = axes.reduce((n, axis) => n * x.shape[axis], 1)
  if (x.kind === 'splat' && op === 'ReduceSum') return g.splat(x.value * count, shape, x.dtype)
  if (x.kind === 'splat' && op === 'ReduceMean') return g.splat(x.value, shape)
  if (count === 1) return reshape(g, x, shape)
  if (x.kind === 'tiled' && !axes.includes(x.shape.length - 1))
    return tiled(g, x.tiles, {shape, each: tile => reduce(g, op, tile, {axes, keepDims})})
  const flat = rowwiseSource(x)
  if (flat && axes.length === 1 && axes[0] === x.shape.length - 1) {
    return reshape(g, reduce(g, op, flat, {axes: [flat.shape.length - 1], keepDims: true}), shape)
  }
  return g.op(op, [x, g.ints(axes)], {dtype: computeType(x), shape}, {attributes: {keepdims: keepDims ? 1 : 0}})
}

export function broadcast(a: Shape, b: Shape): Shape {
  if (equalShapes(a, b)) return a
  const rank = Math.max(a.length, b.length)
  return Array.from({length: rank}, (_, i) => {
    const [m, n] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1]
    return m === 1 ? n : m
  })
}

/** The type that arithmetic on a value uses: float32 for a 16-bit weight. */
export const computeType = (x: Value): DType | 'int64' =>
  x.dtype === 'bfloat16' || x.dtype === 'float16' ? 'float32' : x.dtype
