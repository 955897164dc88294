// Replacements for the nodes that OpenVINO's ONNX front end interprets differently from onnxruntime or turns into needlessly many.
import {sum} from '../../base/collections.ts'
import {getOrAdd} from '../../base/memoize.ts'
import type {Graph, Lowering} from '../graph.ts'
import {PRODUCTS} from '../graph-cost.ts'
import {equalShapes, type Shape, size} from '../program.ts'
import {floatOf, ONNX_TYPE} from '../proto.ts'
import {type Node, nameOf, type TypedShape, type Value} from '../value.ts'
import {FEW_ENTRIES, isLargeMatrix} from './matrices.ts'

/**
 * x · cos + (−right, left) · sin, in the form that the CPU plugin fuses into one node. The front end would rotate every token
 * by the first token's position, since position ids with a single entry hold that one.
 */
const RotaryEmbedding: Lowering[string] = (g, [x, , cos, sin], [output]) => {
  const D = x.shape[3]
  const [T, half] = cos.shape
  const R = 2 * half
  const joined = (parts: readonly Value[]) => {
    const entries = sum(parts.map(part => part.shape[3]))
    return g.op('Concat', parts, {...output, shape: x.shape.with(3, entries)}, {attributes: {axis: -1}})
  }
  const twice = (angles: Value) => {
    const both = g.op('Concat', [angles, angles], {...output, shape: [T, R]}, {attributes: {axis: 1}})
    return g.op('Reshape', [both, g.ints([1, 1, T, R])], {...output, shape: [1, 1, T, R]})
  }
  const rotatable = R < D ? sliceEntries(g, x, 0, R) : x
  const each = {...output, shape: x.shape.with(3, half)}
  const [left, right] = g.ops('Split', [rotatable, g.ints([half, half])], [each, each], {attributes: {axis: 3}})
  const swapped = joined([g.op('Mul', [right, g.scalar(-1)], right), left])
  const side = g.op('Mul', [rotatable, twice(cos)], swapped)
  const rotated = g.op('Add', [side, g.op('Mul', [swapped, twice(sin)], swapped)], swapped)
  return [R < D ? joined([rotated, sliceEntries(g, x, R, D)]) : rotated]
}

const OPENVINO: Lowering = {
  RotaryEmbedding,
  ...Object.fromEntries(['Sub', 'Mul', 'Max', 'Min'].map(op => [op, withRow(op)])),
  Add: (...node) => addToMatrix(...node) ?? withRow('Add')(...node),
}

/**
 * W + ΔW, as vectors. OpenVINO merges equal conversions, so a W that this sum and products read would be copied, and the copy kept
 * until the backward pass. A conversion of the vector is the sum's own, and products read W itself.
 */
const addToMatrix: Lowering[string] = (g, operands, [output]) => {
  const isMatrix = (value: Value) => value.kind === 'weight' && isLargeMatrix(value.stored)
  if (!operands.some(isMatrix) || operands.some(({shape}) => !equalShapes(shape, output.shape))) return undefined
  const shape = [size(output.shape)]
  const wide = {...output, shape}
  const flat = (value: Value) => {
    if (!isMatrix(value)) return g.op('Reshape', [value, g.ints(shape)], wide)
    const vector = g.unshared('Reshape', [value, g.ints(shape)], {dtype: value.dtype, shape})
    return g.op('Cast', [vector], wide, {attributes: {to: ONNX_TYPE.float32}})
  }
  return [g.op('Reshape', [g.op('Add', operands.map(flat), wide), g.ints(output.shape)], output)]
}

/**
 * With a vector along the last axis, such as a mask of keys that is the same for all queries, these ops on a batched product
 * are computed on a matrix: the CPU plugin would fuse them into attention's product, which then reads the wrong memory.
 */
function withRow(op: string): Lowering[string] {
  return (g, operands, [output]) => {
    const at = operands.findIndex(value => isProduct(value) && size(value.shape) === size(output.shape))
    const columns = output.shape[output.shape.length - 1]
    const isRow = ({shape}: Value) => shape.at(-1) === columns && size(shape) === columns
    if (at < 0 || output.shape.length < 3 || !isRow(operands[1 - at])) return undefined
    const reshape = (value: Value, shape: readonly number[]) =>
      g.op('Reshape', [value, g.ints(shape)], {...value, shape})
    const matrix = [size(output.shape) / columns, columns]
    const flat = operands.map((value, i) => reshape(value, i === at ? matrix : [columns]))
    return [reshape(g.op(op, flat, {...output, shape: matrix}), output.shape)]
  }
}

/** Whether a value is a batched product, or computed from one entry by entry. */
function isProduct(value: Value): boolean {
  if (value.kind !== 'node') return false
  const {op, inputs} = value.node
  const [only, ...others] = inputs.filter(({shape}) => shape.length > 1) // neither scalars nor shapes
  return op === 'MatMul' || op === 'FusedMatMul' || (only !== undefined && others.length === 0 && isProduct(only))
}

/** With dynamic dimensions, OpenVINO infers the shape of every node in each run, so these forms use as few nodes as possible. */
const DYNAMIC: Lowering = {
  RotaryEmbedding,

  /** A product with a large weight is of its type; the CPU plugin would keep a float32 copy of a weight that is upcast. */
  Gemm(g, [x, W, ...rest], [output], attributes) {
    if (W.kind !== 'weight' || W.dtype !== 'bfloat16' || x.dtype === 'bfloat16' || rest.length > 0) return undefined
    const product = g.op('Gemm', [g.toBfloat16(x), W], {...output, dtype: 'bfloat16'}, {attributes})
    return [g.op('Cast', [product], output, {attributes: {to: ONNX_TYPE.float32}})]
  },

  /**
   * The CPU plugin would multiply the second operand by alpha, such as all keys of the cache; here it is the first, such as the
   * queries of one token. A choice by size would differ between small and large sizes of dynamic dimensions.
   */
  FusedMatMul(g, [a, b], [output], {alpha, ...transposed}) {
    const scale = floatOf(alpha)
    if (scale === undefined) return undefined
    const scaled = g.op('Mul', [a, g.scalar(scale)], a)
    return [g.op('FusedMatMul', [scaled, b], output, {attributes: transposed, domain: 'com.microsoft'})]
  },
}

/** The entries `from` to before `to` of the last axis of x (B, H, T, D). */
function sliceEntries(g: Graph, x: Value, from: number, to: number): Value {
  const output = {dtype: 'float32', shape: x.shape.with(3, to - from)} as const
  return g.op('Slice', [x, g.ints([from]), g.ints([to]), g.ints([3])], output)
}

/** Rewrites nodes that the front end would turn into needlessly many, each of which takes time to compile. */
export const forFrontEnd = (nodes: readonly Node[]): Node[] =>
  nodes.flatMap(node => {
    if (node.op === 'Gemm' && node.attributes.alpha === undefined) return matMulOf(node)
    return node.op === 'SimplifiedLayerNormalization' ? rmsNormOf(node) : [node]
  })

/**
 * A Gemm as a MatMul of transposed operands, and an Add. The front end multiplies the product of a Gemm by its alpha, 1 if it has
 * none, which takes a tenth of the time to compile; and with a constant operand, passes over the graph compute that multiplication
 * on the constant, in float32 and several times over: 9 GB for the head of a vocabulary of 256,000.
 */
function matMulOf({inputs: [a, b, sum], outputs, attributes: {transA, transB}}: Node): Node[] {
  const [output] = outputs
  const {nodes, compute} = nodesFor(output)
  const transposed = (x: Value) => compute('Transpose', [x], {...x, shape: x.shape.toReversed()}, {perm: [1, 0]})
  const operands = [transA ? transposed(a) : a, transB ? transposed(b) : b]
  const last = sum ? {op: 'Add', inputs: [compute('MatMul', operands, output), sum]} : {op: 'MatMul', inputs: operands}
  return [...nodes, {...last, ...PLAIN, outputs}]
}

/**
 * Writes out x · (1 / √(mean x² + ε)) · gain. The front end would compute the axis of the mean too, from three constants. Not as a
 * lowering, so that plans count the norm as the one pass over memory into which the plugin fuses it.
 */
function rmsNormOf({inputs: [x, gain], outputs: [y, inverse], attributes: {epsilon}}: Node): Node[] {
  const {nodes, compute} = nodesFor(y)
  const axis = constant('int64', BigInt64Array.of(BigInt(x.shape.length - 1)), [1])
  const float = (value: number) => constant('float32', Float32Array.of(value), [])
  const mean = compute('ReduceMean', [compute('Mul', [x, x], x), axis], inverse, {keepdims: 1})
  const root = compute('Sqrt', [compute('Add', [mean, float(floatOf(epsilon) ?? 1e-5)], inverse)], inverse)
  nodes.push({op: 'Div', inputs: [float(1), root], ...PLAIN, outputs: [inverse]})
  const normalized = compute('Mul', [x, inverse], x)
  return [...nodes, {op: 'Mul', inputs: [normalized, gain], ...PLAIN, outputs: [y]}]
}

const PLAIN = {domain: '', attributes: {}}

/** Collects the nodes that compute what `output` needs, and names them after it. */
function nodesFor(output: Value) {
  const nodes: Node[] = []
  const compute = (
    op: string,
    inputs: readonly Value[],
    {dtype, shape}: TypedShape,
    attributes: Node['attributes'] = {},
  ): Value => {
    const node: Node = {op, domain: '', attributes, inputs, outputs: []}
    const value: Value = {kind: 'node', name: `${nameOf(output)}.${nodes.length}`, dtype, shape, node}
    node.outputs = [value]
    nodes.push(node)
    return value
  }
  return {nodes, compute}
}

const constants = new Map<string, Value>()

/** A constant that the graph lacks. Equal ones are one value, since names in a model are unique. */
function constant(dtype: 'float32' | 'int64', data: Float32Array | BigInt64Array, shape: Shape): Value {
  const name = `${dtype}.${data}`
  const bytes = new Uint8Array(data.buffer)
  return getOrAdd(constants, name, () => ({kind: 'constant', name, dtype, shape, bytes}))
}

/**
 * Whether matrices of up to eight rows, such as the first tokens of a few texts, are multiplied by constants. The plugin fuses
 * such products as an MLP, and next to a residual sum it then reads a null pointer, which ends the process.
 */
export const hasFewRows = (nodes: readonly Node[]): boolean =>
  nodes.some(
    ({op, inputs: [, W], outputs: [{shape}]}) =>
      PRODUCTS.includes(op) && shape.length === 2 && shape[0] <= 8 && isConstant(W),
  )

/** Whether a compiled model holds a value; large matrices are its inputs. */
function isConstant(value: Value): boolean {
  if (value.kind === 'node') return value.node.inputs.every(isConstant)
  return value.kind === 'constant' || (value.kind === 'weight' && !isLargeMatrix(value.stored))
}

/**
 * Matrices of many rows, as wide as a square weight that is an input of the program (see matrices.ts). With constant weights, few
 * rows would end the process (see hasFewRows).
 */
const keepsMatrix = (rows: number, columns: number) => rows >= 64 && columns ** 2 >= FEW_ENTRIES

/** How steps are traced for OpenVINO: as few nodes as possible, each of which costs time to compile. */
export const tracing = ({dynamic}: {readonly dynamic: boolean}) =>
  ({
    lowering: dynamic ? DYNAMIC : OPENVINO,
    tiles: false,
    blocks: false,
    bits: 16,
    keepsMatrix: dynamic ? undefined : keepsMatrix, // decoders, which are dynamic, have constant weights
  }) as const
