import {type Node, nameOf, type Value} from '../graph.ts'
import {outputParts} from '../parts.ts'
import {bytesOf} from '../program.ts'

/** The bytes of an operand: where they belong in the output, and where the program computes them. */
export interface OperandBytes {
  readonly target: number
  readonly source: number
  readonly bytes: number
}

/**
 * Reorders the operands of outputs that concatenate vectors, such as the gradient of all trainables, as they were recorded, and
 * returns where each belongs, by the output's name. OpenVINO computes what a node reads one operand after the other. If the
 * first layer's gradients came first, those of the other layers would be computed only at the end, and their inputs would stay
 * in memory until then. An output that other nodes read stays as it is.
 */
export function concatenateAsRecorded(
  nodes: readonly Node[],
  outputs: readonly Value[],
): {readonly nodes: Node[]; readonly operands: ReadonlyMap<string, readonly OperandBytes[]>} {
  const read = new Set(nodes.flatMap(({inputs}) => inputs))
  const reordered = new Map<Node, Node>()
  const operands = new Map<string, readonly OperandBytes[]>()
  for (const output of outputs) {
    const isVector = output.shape.length === 1
    if (output.kind !== 'node' || output.node.op !== 'Concat' || !isVector || read.has(output)) continue
    const parts = outputParts(output.node.inputs, nodes)
    reordered.set(output.node, {...output.node, inputs: parts.map(({value}) => value)})
    const bytesIn = (entries: number) => bytesOf(output.dtype, [entries])
    let source = 0
    const placed = parts.map(({from, to}) => {
      const operand = {target: bytesIn(from), source, bytes: bytesIn(to - from)}
      source += operand.bytes
      return operand
    })
    operands.set(nameOf(output), placed)
  }
  return {nodes: nodes.map(node => reordered.get(node) ?? node), operands}
}
