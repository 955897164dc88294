import type {Node} from '../value.ts'

/**
 * The order in which onnxruntime runs nodes that are listed in reverse. For each node that no other reads, the first
 * recorded first, it runs depth first what this one needs. A node thus runs when its result is first needed, which may be
 * long after it was recorded; until then its inputs stay in memory.
 */
export function runOrder(nodes: readonly Node[]): Node[] {
  const positions = new Map(nodes.map((node, i) => [node, i]))
  /** The nodes whose results each node reads, as entries of the stack: the first recorded is on top. */
  const needs = nodes.map(({inputs}) => {
    const read = inputs.flatMap(input => (input.kind === 'node' ? (positions.get(input.node) ?? []) : []))
    return read.sort((a, b) => b - a)
  })
  const isRead = new Uint8Array(nodes.length)
  for (const read of needs) for (const i of read) isRead[i] = 1

  const order: Node[] = []
  const visited = new Uint8Array(nodes.length)
  const stack = [...nodes.keys()].filter(i => !isRead[i]).reverse()
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next < 0) order.push(nodes[~next])
    else if (!visited[next]) {
      visited[next] = 1
      stack.push(~next, ...needs[next]) // a complement is a node whose turn comes after what it needs
    }
  }
  return order
}
