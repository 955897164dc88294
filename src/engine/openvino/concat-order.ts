import {type Node, nameOf, type Value} from '../graph.ts'
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
  const positions = new Map(nodes.map((node, i) => [node, i]))
  const position = (value: Value) => (value.kind === 'node' ? (positions.get(value.node) ?? -1) : -1)
  const read = new Set(nodes.flatMap(({inputs}) => inputs))
  const reordered = new Map<Node, Node>()
  const operands = new Map<string, readonly OperandBytes[]>()
  for (const output of outputs) {
    const isVector = output.shape.length === 1
    if (output.kind !== 'node' || output.node.op !== 'Concat' || !isVector || read.has(output)) continue
    const targets = located(output.node.inputs).sort((a, b) => position(a.value) - position(b.value))
    const inputs = targets.map(({value}) => value)
    reordered.set(output.node, {...output.node, inputs})
    operands.set(
      nameOf(output),
      located(inputs).map(({at, bytes}, i) => ({target: targets[i].at, source: at, bytes})),
    )
  }
  return {nodes: nodes.map(node => reordered.get(node) ?? node), operands}
}

/** Each value with its first byte in the concatenation, and its bytes. */
function located(values: readonly Value[]): {readonly value: Value; readonly at: number; readonly bytes: number}[] {
  let end = 0
  return values.map(value => {
    const [at, bytes] = [end, bytesOf(value.dtype, value.shape)]
    end += bytes
    return {value, at, bytes}
  })
}
