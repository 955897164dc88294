import type {Node} from '../graph.ts'

/**
 * The order in which onnxruntime runs nodes that are listed in reverse. For each node that no other reads, the first
 * recorded first, it runs depth first what this one needs. A node thus runs when its result is first needed, which may be
 * long after it was recorded; until then its inputs stay in memory.
 */
export function runOrder(nodes: readonly Node[]): Node[] {
  const positions = new Map(nodes.map((node, i) => [node, i]))
  const position = (node: Node) => positions.get(node) ?? 0
  const read = new Set(nodes.flatMap(producers))
  /** As entries of a stack, of which the first recorded is on top. */
  const entries = (some: readonly Node[]) =>
    some.toSorted((a, b) => position(b) - position(a)).map(node => ({node, isReady: false}))

  const order: Node[] = []
  const visited = new Set<Node>()
  const stack = entries(nodes.filter(node => !read.has(node)))
  for (let next = stack.pop(); next; next = stack.pop()) {
    const {node, isReady} = next
    if (isReady) order.push(node)
    else if (!visited.has(node)) {
      visited.add(node)
      stack.push({node, isReady: true}, ...entries(producers(node)))
    }
  }
  return order
}

/** The nodes whose results a node reads. */
const producers = ({inputs}: Node): Node[] => inputs.flatMap(input => (input.kind === 'node' ? [input.node] : []))
