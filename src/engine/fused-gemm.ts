import type {Graph, Node, Value} from './graph.ts'

/**
 * Fuses the products x Wᵀ of one x with several weights into one GEMM with the weights stacked, and splits its result: fewer
 * nodes and longer reads of memory, which decoding waits for. The stack depends on constants alone, so a runtime that folds
 * constants keeps it instead of the weights.
 */
export function fuseGemms(g: Graph, nodes: readonly Node[]): Node[] {
  const groups = new Map<Value, Node[]>()
  for (const node of nodes) {
    if (!isFusable(node)) continue
    const [x] = node.inputs
    groups.set(x, [...(groups.get(x) ?? []), node])
  }
  const fused = new Map<Node, readonly Node[]>()
  for (const group of groups.values()) {
    if (group.length === 1) continue
    for (const node of group) fused.set(node, [])
    fused.set(group[0], fuse(g, group))
  }
  return nodes.flatMap(node => fused.get(node) ?? [node])
}

/** Whether a node is x Wᵀ with a float32 weight; a fused 16-bit weight would stay in memory as float32. */
function isFusable({op, inputs, attributes}: Node): boolean {
  const [, W] = inputs
  const plain = inputs.length === 2 && attributes.alpha === undefined && !attributes.transA && attributes.transB === 1
  return op === 'Gemm' && plain && W?.kind === 'weight' && W.dtype === 'float32'
}

function fuse(g: Graph, products: readonly Node[]): Node[] {
  const [x, {dtype}] = products[0].inputs
  const weights = products.map(({inputs}) => inputs[1])
  const outputs = products.map(({outputs}) => outputs[0])
  const sizes = outputs.map(({shape}) => shape[1])
  const out = sizes.reduce((sum, size) => sum + size, 0)
  const [, into] = weights[0].shape
  const stack = g.op('Concat', weights, {dtype, shape: [out, into]}, {attributes: {axis: 0}})
  const {attributes} = products[0]
  const product = g.op('Gemm', [x, stack], {dtype, shape: [x.shape[0], out]}, {attributes})
  const split = {op: 'Split', domain: '', attributes: {axis: 1}, inputs: [product, g.ints(sizes)], outputs}
  return [...nodesOf(stack, product), split]
}

const nodesOf = (...values: readonly Value[]) => values.flatMap(value => (value.kind === 'node' ? [value.node] : []))
