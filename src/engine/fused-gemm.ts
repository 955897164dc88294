import {groupBy, sum} from '../base/collections.ts'
import type {Graph} from './graph.ts'
import type {Node, Value, WeightValue} from './value.ts'

/**
 * Fuses the products x Wᵀ of one x with several weights into one GEMM with the weights stacked, and splits its result: fewer
 * nodes and longer reads of memory, which decoding waits for. A stack of float32 weights is computed from constants alone, so a
 * runtime that folds constants keeps it instead of the weights (unless they are arrays beside files, which are inputs); one of
 * bfloat16 weights is a weight.
 */
export function fuseGemms(g: Graph, nodes: readonly Node[]): Node[] {
  const groups = groupBy(nodes.flatMap(weightProducts), ({node}) => node.inputs[0])
  const fused = new Map<Node, readonly Node[]>()
  for (const group of groups.values()) {
    if (group.length === 1) continue
    for (const {node} of group) fused.set(node, [])
    fused.set(group[0].node, fuse(g, group))
  }
  return nodes.flatMap(node => fused.get(node) ?? [node])
}

/** A node x Wᵀ, and its W. */
interface WeightProduct {
  readonly node: Node
  readonly weight: WeightValue
}

/** A node as such a product. The upcast of a 16-bit weight is none: its stack would stay in memory as float32. */
function weightProducts(node: Node): WeightProduct[] {
  const {op, inputs, attributes} = node
  const [, weight] = inputs
  const plain = inputs.length === 2 && attributes.alpha === undefined && !attributes.transA && attributes.transB === 1
  return op === 'Gemm' && plain && weight.kind === 'weight' ? [{node, weight}] : []
}

function fuse(g: Graph, products: readonly WeightProduct[]): Node[] {
  const [{node, weight}] = products
  const {attributes, inputs} = node
  const [x] = inputs
  const weights = products.map(({weight}) => weight)
  const outputs = products.map(({node}) => node.outputs[0])
  const sizes = outputs.map(({shape}) => shape[1])
  const out = sum(sizes)
  const {dtype} = weight
  const stack =
    dtype === 'bfloat16'
      ? stackOf(g, weights)
      : g.op('Concat', weights, {dtype, shape: [out, weight.shape[1]]}, {attributes: {axis: 0}})
  const product = g.op('Gemm', [x, stack], {dtype, shape: [x.shape[0], out]}, {attributes})
  const split = {op: 'Split', domain: '', attributes: {axis: 1}, inputs: [product, g.ints(sizes)], outputs}
  return [...nodesOf(stack, product), split]
}

/** The weight with the rows of all. */
function stackOf(g: Graph, weights: readonly WeightValue[]): Value {
  const [{dtype, shape}] = weights.map(({stored}) => stored)
  const rows = sum(weights.map(({shape}) => shape[0]))
  const stored = {dtype, shape: shape.with(0, rows), at: {data: new Uint8Array(0)}}
  return {...g.weight('stack', stored), stackOf: weights.map(({stored}) => stored)}
}

const nodesOf = (...values: readonly Value[]) => values.flatMap(value => (value.kind === 'node' ? [value.node] : []))
