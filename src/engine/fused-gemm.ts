import type {Graph, Node, Value} from './graph.ts'

/**
 * Products x Wᵀ of one x with several weights become one product with the weights stacked, and a split of its result:
 * fewer nodes, and longer stretches of memory to read, which is what decoding waits for. The stack is a node of
 * constants alone; a runtime that folds those keeps it in place of the weights.
 */
export function joinProducts(g: Graph, nodes: readonly Node[]): Node[] {
  const groups = new Map<Value, Node[]>()
  for (const node of nodes) {
    if (!isProduct(node)) continue
    const x = node.inputs[0]!
    groups.set(x, [...(groups.get(x) ?? []), node])
  }
  const joined = new Map<Node, readonly Node[]>()
  for (const group of groups.values()) {
    if (group.length === 1) continue
    for (const node of group) joined.set(node, [])
    joined.set(group[0], join(g, group))
  }
  return nodes.flatMap(node => joined.get(node) ?? [node])
}

/** x Wᵀ of a whole float32 weight; what is widened first would be kept wide. */
function isProduct({op, inputs, attributes}: Node): boolean {
  const [, W] = inputs
  const plain = inputs.length === 2 && attributes.alpha === undefined && !attributes.transA && attributes.transB === 1
  return op === 'Gemm' && plain && W?.kind === 'weight' && W.dtype === 'float32'
}

function join(g: Graph, products: readonly Node[]): Node[] {
  const [x, {dtype}] = products[0].inputs as [Value, Value]
  const weights = products.map(({inputs}) => inputs[1]!)
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
