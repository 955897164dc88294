import {bytesOf, type Node, type Value} from './graph.ts'
import {size} from './program.ts'

/** What running a graph costs, before anybody runs it. */
export interface GraphCost {
  /** Of its products of matrices, a multiplication and an addition being two. */
  readonly flops: number
  /** That all other nodes read and write. */
  readonly movedBytes: number
}

/** Counts from shapes. Nodes that only give a value another shape cost nothing. */
export function workOf(nodes: readonly Node[]): GraphCost {
  let flops = 0
  let movedBytes = 0
  for (const node of nodes) {
    if (PRODUCTS.includes(node.op)) flops += 2 * inner(node) * node.outputs.reduce((n, {shape}) => n + size(shape), 0)
    else if (!FREE.includes(node.op)) movedBytes += sumOf(node.inputs) + sumOf(node.outputs)
  }
  return {flops, movedBytes}
}

const PRODUCTS: readonly string[] = ['Gemm', 'MatMul', 'FusedMatMul']
const FREE: readonly string[] = ['Reshape', 'Identity']

/** The length of the sums in a product. */
function inner({inputs, attributes}: Node): number {
  const {shape} = inputs[0]!
  return shape[shape.length - (attributes.transA ? 2 : 1)]
}

const sumOf = (values: readonly (Value | undefined)[]) =>
  values.reduce((bytes, value) => bytes + (value ? bytesOf(value.dtype, value.shape) : 0), 0)
