import {getOrAdd} from '../../base/memoize.ts'
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
  {placed}: {readonly placed: boolean},
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
  const all: ResultBuffer[] = []
  const holders = new Map<Value, ResultBuffer>() // the buffer of each result
  const idle: IdleBuffers = new Map()

  for (const [i, node] of order.entries()) {
    for (const result of node.outputs) {
      const reused = outputs.has(result) ? undefined : (inputToShare(node, holders) ?? idle.get(kindOf(result))?.pop())
      const buffer = reused ?? newBuffer(result, {from: i, output: outputs.has(result)})
      if (!reused) all.push(buffer)
      holders.set(result, buffer)
      buffer.reads += reads.get(result) ?? 0
      use(buffer, {at: i, idle})
    }
    for (const input of node.inputs) {
      const buffer = holders.get(input)
      if (!buffer) continue
      buffer.reads--
      use(buffer, {at: i, idle})
    }
  }
  return all
}

/** Buffers that nothing reads any more, by their kind. */
type IdleBuffers = Map<string, ResultBuffer[]>

/** Buffers of one size and shape are of one kind. */
const kindOf = ({dtype, shape}: Value) => `${bytesOf(dtype, shape)} ${shape}`

const newBuffer = (result: Value, {from, output}: {readonly from: number; readonly output: boolean}): ResultBuffer => ({
  kind: kindOf(result),
  bytes: bytesOf(result.dtype, result.shape),
  from,
  to: from,
  reads: 0,
  output,
})

/** The buffer of a node's first input, if the result may overwrite it. */
function inputToShare({op, inputs}: Node, holders: ReadonlyMap<Value, ResultBuffer>): ResultBuffer | undefined {
  const buffer = holders.get(inputs[0])
  return op === 'Reshape' || (op === 'Softmax' && buffer?.reads === 1) ? buffer : undefined
}

/** Extends the life of a buffer to the node at `at`; without reads to come, it is idle from then on. */
function use(buffer: ResultBuffer, {at, idle}: {readonly at: number; readonly idle: IdleBuffers}): void {
  buffer.to = at
  if (buffer.reads === 0) getOrAdd(idle, buffer.kind, () => []).push(buffer)
}

function countReads(nodes: readonly Node[], outputs: ReadonlySet<Value>): ReadonlyMap<Value, number> {
  const reads = new Map<Value, number>()
  for (const input of [...outputs, ...nodes.flatMap(({inputs}) => inputs)])
    reads.set(input, (reads.get(input) ?? 0) + 1)
  return reads
}
