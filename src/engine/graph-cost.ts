import {sum} from '../base/collections.ts'
import {bytesOf, size} from './program.ts'
import type {Node, Value} from './value.ts'

/** The cost of running a graph once. */
export interface GraphCost {
  /** Floating-point operations of its matrix products; a multiply-add counts as two. */
  readonly flops: number
  /** Bytes that all other nodes read and write. */
  readonly movedBytes: number
  /** The number of nodes that compute something. */
  readonly kernels: number
}

/** The memory, in bytes, and the work of a compiled step, from shapes alone. */
export interface ProgramCost extends GraphCost {
  /** Frozen tensors, mapped from their files. */
  readonly frozenBytes: number
  /** Weights that are converted to bfloat16 in memory, once for all programs; 0 in float32. */
  readonly convertedBytes: number
  /** The memory for intermediate results; of engine openvino also the library and its machine code. */
  readonly workingBytes: number
}

/** Computes the cost of nodes from their shapes. Nodes that only reshape cost nothing. */
export function graphCost(nodes: readonly Node[]): GraphCost {
  let flops = 0
  let movedBytes = 0
  const kernels = nodes.filter(({op}) => !FREE.includes(op))
  for (const node of kernels) {
    if (PRODUCTS.includes(node.op)) flops += 2 * inner(node) * sum(node.outputs.map(({shape}) => size(shape)))
    else movedBytes += sumOf(node.inputs) + sumOf(node.outputs)
  }
  return {flops, movedBytes, kernels: kernels.length}
}

/** The ops that are matrix products. */
export const PRODUCTS: readonly string[] = ['Gemm', 'MatMul', 'FusedMatMul']
const FREE: readonly string[] = ['Reshape', 'Identity']

/** The inner dimension of a product. */
function inner({inputs, attributes}: Node): number {
  const {shape} = inputs[0]
  return shape[shape.length - (attributes.transA ? 2 : 1)]
}

const sumOf = (values: readonly Value[]) => sum(values.map(({dtype, shape}) => bytesOf(dtype, shape)))
