import {bytesOf} from '../program.ts'
import type {Node, Value} from '../value.ts'
import {runOrder} from './run-order.ts'

/** Memory that holds one result after another, all of one size and shape, between the nodes `from` and `to`. */
interface ResultBuffer {
  readonly kind: string
  readonly bytes: number
  readonly from: number
  readonly output: boolean
  to: number
  /** The reads that are still to come of what it holds; an output's never end. */
  reads: number
}

/**
 * The peak bytes of a graph's results, in the order in which onnxruntime runs its nodes and in the buffers that it plans. Outputs
 * that are placed take no memory here.
 */
export function peakBytes(
  nodes: readonly Node[],
  outputs: ReadonlySet<Value>,
  {placed = false}: {readonly placed?: boolean} = {},
): number {
  const order = runOrder(nodes)
  const changes = new Float64Array(order.length + 1)
  for (const {bytes, from, to, reads, output} of planBuffers(order, outputs)) {
    if (placed && output) continue
    changes[from] += bytes
    changes[reads > 0 ? order.length : to + 1] -= bytes
  }
  let alive = 0
  return changes.reduce((most, change) => {
    alive += change
    return Math.max(most, alive)
  }, 0)
}

/**
 * Plans the buffers of nodes that run in this order, as onnxruntime does. A result takes the buffer of an earlier one of its
 * size and shape that nothing reads any more: such a buffer is not freed before its last use. Reshape shares its input's
 * buffer, Softmax does where nothing else will read it, and an output has a buffer of its own.
 */
function planBuffers(order: readonly Node[], outputs: ReadonlySet<Value>): ResultBuffer[] {
  const reads = countReads(order, outputs)
  const buffers = new Map<Value, ResultBuffer>()
  const idle = new Map<string, ResultBuffer[]>()
  const all: ResultBuffer[] = []

  const allocate = (result: Value, {op, inputs}: Node, i: number): ResultBuffer => {
    const bytes = bytesOf(result.dtype, result.shape)
    const kind = `${bytes} ${result.shape}`
    const input = buffers.get(inputs[0])
    const isShared = op === 'Reshape' || (op === 'Softmax' && input?.reads === 1)
    const output = outputs.has(result)
    const found = output ? undefined : isShared && input ? input : idle.get(kind)?.pop()
    if (found) return found
    const made = {kind, bytes, from: i, to: i, reads: 0, output}
    all.push(made)
    return made
  }
  const use = (buffer: ResultBuffer, reads: number, i: number) => {
    buffer.to = i
    buffer.reads += reads
    if (buffer.reads > 0) return
    const others = idle.get(buffer.kind)
    if (others) others.push(buffer)
    else idle.set(buffer.kind, [buffer])
  }

  for (const [i, node] of order.entries()) {
    for (const result of node.outputs) {
      const buffer = allocate(result, node, i)
      buffers.set(result, buffer)
      use(buffer, reads.get(result) ?? 0, i)
    }
    for (const input of node.inputs) {
      const buffer = buffers.get(input)
      if (buffer) use(buffer, -1, i)
    }
  }
  return all
}

function countReads(nodes: readonly Node[], outputs: ReadonlySet<Value>): ReadonlyMap<Value, number> {
  const reads = new Map<Value, number>()
  for (const input of [...outputs, ...nodes.flatMap(({inputs}) => inputs)])
    reads.set(input, (reads.get(input) ?? 0) + 1)
  return reads
}
