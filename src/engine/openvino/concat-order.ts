import {bytesOf, type Node, nameOf, type Value} from '../graph.ts'

/** A range of an output's bytes: where it belongs, and where the program computes it. */
export interface Part {
  readonly at: number
  readonly computedAt: number
  readonly bytes: number
}

/**
 * Lets outputs that concatenate vectors, such as the gradient of all trainables, read them in recorded order, and tells where
 * each belongs. OpenVINO computes what a node reads one operand after the other: with the first layer's gradients first, those
 * of the other layers would be computed at the end, and what they are computed from would be kept until then.
 */
export function concatenateAsRecorded(
  nodes: readonly Node[],
  outputs: readonly Value[],
): {readonly nodes: Node[]; readonly parts: ReadonlyMap<string, readonly Part[]>} {
  const positions = new Map(nodes.map((node, i) => [node, i]))
  const position = (value: Value) => (value.kind === 'node' ? (positions.get(value.node) ?? -1) : -1)
  const reordered = new Map<Node, Node>()
  const parts = new Map<string, readonly Part[]>()
  for (const output of outputs) {
    if (output.kind !== 'node' || output.node.op !== 'Concat' || output.shape.length !== 1) continue
    const {node} = output
    const operands = located(node.inputs).sort((a, b) => position(a.value) - position(b.value))
    const inputs = operands.map(({value}) => value)
    reordered.set(node, {...node, inputs})
    parts.set(
      nameOf(output),
      located(inputs).map(({at, bytes}, i) => ({at: operands[i].at, computedAt: at, bytes})),
    )
  }
  return {nodes: nodes.map(node => reordered.get(node) ?? node), parts}
}

/** Each operand with its first byte in the concatenation, and its bytes. */
function located(operands: readonly Value[]): {readonly value: Value; readonly at: number; readonly bytes: number}[] {
  let end = 0
  return operands.map(value => {
    const [at, bytes] = [end, bytesOf(value.dtype, value.shape)]
    end += bytes
    return {value, at, bytes}
  })
}
