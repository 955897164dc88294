import type * as tf from '../tensor/tf.ts'
import {traced} from './backend.ts'
import {freed, hasFree, largeSizes, smallSizes} from './dynamic-sizes.ts'
import {joinProducts} from './fused-gemm.ts'
import {bytesOf, type Lowering, type Node, named, type Value} from './graph.ts'
import {type ModelEnds, modelOf} from './onnx-model.ts'
import {type CompileOptions, type Named, type Step, shapeAt} from './program.ts'

export interface Trace {
  /** The ONNX model, written when it is asked for; weights that lie in files are named in it by place, not copied. */
  readonly model: Uint8Array
  /** The inputs that the outputs depend on, and their names in the model. */
  readonly inputs: Named<string>
  /** The outputs' names in the model. */
  readonly outputs: Named<string>
  /** In recorded order. */
  readonly nodes: readonly Node[]
  /** The most bytes of intermediate results alive at once, in the order recorded; where sizes are free, at small ones. */
  readonly workingBytes: number
  /** Of the weights that the outputs depend on. */
  readonly weightBytes: number
}

export interface TraceOptions extends Pick<CompileOptions, 'inputs' | 'weights'> {
  readonly lowering?: Lowering | undefined
  /** Products of the same rows with constant weights become one. */
  readonly join?: boolean
  /** Whether wide values may be in pieces, which spares a processor's cache; weights that are prepacked may not. */
  readonly pieces?: boolean
}

/** Runs `step` on shapes alone and writes down what it computes; twice, at other sizes, where some are free. */
export function trace(step: Step, options: TraceOptions): Trace {
  const twin = hasFree(options.inputs) ? record(step, options, {sizes: largeSizes(options.inputs)}) : undefined
  return record(step, options, {sizes: smallSizes(options.inputs), twin})
}

interface Recorded extends Trace {
  readonly ends: ModelEnds
}

function record(
  step: Step,
  {inputs, weights, lowering, join = false, pieces = !lowering}: TraceOptions,
  {sizes, twin}: {readonly sizes: Named<number>; readonly twin?: Recorded | undefined},
): Recorded {
  return traced(
    (graph, tensor, value) => {
      const feeds: Record<string, Value> = {}
      for (const [name, spec] of Object.entries(inputs))
        feeds[name] = graph.input(name, spec.dtype, shapeAt(spec, sizes))
      const stored: Record<string, Value> = {}
      for (const [name, weight] of Object.entries(weights)) stored[name] = graph.weight(name, weight)

      const results = step(tensors(feeds, tensor), tensors(stored, tensor))
      const taken = new Set<Value>()
      const outputs = Object.entries(results).map(([name, result]) => {
        const whole = graph.whole(value(result))
        // what has no node, or is an output already, needs one of its own
        const answer = whole.kind !== 'node' || taken.has(whole) ? graph.copy(whole) : whole
        taken.add(answer)
        return [name, answer] as const
      })

      const needed = pieceByPiece(alive(graph.nodes, taken))
      const joined = join ? joinProducts(graph, needed) : needed
      const nodes = twin ? freed(graph, joined, twin.nodes) : joined
      const used = new Set(nodes.flatMap(node => node.inputs))
      const asked = Object.entries(feeds).filter(([, feed]) => used.has(feed))
      const ends = {inputs: asked.map(([, feed]) => feed), outputs: outputs.map(([, value]) => value)}
      return {
        get model() {
          return modelOf(nodes, ends, twin?.ends)
        },
        inputs: Object.fromEntries(asked.map(([name, feed]) => [name, named(feed)])),
        outputs: Object.fromEntries(outputs.map(([name, value]) => [name, named(value)])),
        nodes,
        ends,
        workingBytes: workingBytes(nodes, taken),
        weightBytes: weightBytes(used),
      }
    },
    {lowering, pieces},
  )
}

function tensors(values: Record<string, Value>, tensor: (value: Value) => tf.Tensor): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tensor(value)]))
}

/** Bytes read, each once: a weight may be read whole in one place and piece by piece in another. */
function weightBytes(used: ReadonlySet<Value | undefined>): number {
  const read = new Map<Value, number>()
  for (const value of used) {
    if (value?.kind !== 'weight') continue
    const whole = value.rowsOf ?? value
    read.set(whole, Math.min(sizeOf(whole), (read.get(whole) ?? 0) + sizeOf(value)))
  }
  return [...read.values()].reduce((sum, bytes) => sum + bytes, 0)
}

const sizeOf = ({dtype, shape}: Value) => bytesOf(dtype, shape)

/** The nodes that an output needs, in recorded order. */
function alive(nodes: readonly Node[], outputs: ReadonlySet<Value>): Node[] {
  const needed = new Set<Node>()
  const stack = [...outputs]
  while (stack.length) {
    const value = stack.pop()!
    if (value.kind !== 'node' || needed.has(value.node)) continue
    needed.add(value.node)
    for (const input of value.node.inputs) if (input) stack.push(input)
  }
  return nodes.filter(node => needed.has(node))
}

/**
 * The same nodes, where they work for pieces of wide values all of one piece before those of the next, so that a piece
 * stays in the processor's cache from node to node.
 */
function pieceByPiece(nodes: readonly Node[]): Node[] {
  const ordered: Node[] = []
  let run: Node[] = []
  const inRun = new Set<Node>()
  const end = () => {
    ordered.push(...run.sort((a, b) => a.piece! - b.piece!))
    run = []
    inRun.clear()
  }
  for (const node of nodes) {
    const {piece, inputs} = node
    const late = (input: Value | undefined) =>
      input?.kind === 'node' && inRun.has(input.node) && input.node.piece! > piece!
    if (piece === undefined || inputs.some(late)) end()
    if (piece === undefined) ordered.push(node)
    else {
      run.push(node)
      inRun.add(node)
    }
  }
  end()
  return ordered
}

function workingBytes(nodes: readonly Node[], outputs: ReadonlySet<Value>): number {
  const lastUse = new Map<Value, number>()
  for (const [i, node] of nodes.entries()) for (const input of node.inputs) if (input) lastUse.set(input, i)
  const freed = new Map<number, number>()
  let alive = 0
  let most = 0
  for (const [i, node] of nodes.entries()) {
    for (const output of node.outputs) {
      const bytes = bytesOf(output.dtype, output.shape)
      const last = lastUse.get(output)
      alive += bytes
      if (last !== undefined && !outputs.has(output)) freed.set(last, (freed.get(last) ?? 0) + bytes)
    }
    most = Math.max(most, alive)
    alive -= freed.get(i) ?? 0
  }
  return most
}
