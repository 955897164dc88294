import {mapValues, sum} from '../base/collections.ts'
import {traceGraph} from './backend.ts'
import {peakBytes} from './buffers/peak-bytes.ts'
import {hasDynamic, largeSizes, smallSizes, withDynamicShapes} from './dynamic-sizes.ts'
import {fuseGemms} from './fused-gemm.ts'
import type {Graph, GraphOptions} from './graph.ts'
import {buildModel, type LocateWeight, type ModelEnds} from './onnx-model.ts'
import {inputParts, outputParts, type TensorPart, vectorOperands} from './parts.ts'
import {bytesOf, type CompileOptions, type Named, type Step, shapeAt} from './program.ts'
import type {Node, Value} from './value.ts'

export interface Trace {
  /** Encodes the ONNX model; by default, it refers to weights in files and to large arrays, without a copy. */
  readonly encode: (locate?: LocateWeight) => Uint8Array
  /** What the model takes for each input that the outputs depend on. */
  readonly inputs: Named<readonly TensorPart[]>
  /** What the model returns for each output. */
  readonly outputs: Named<readonly TensorPart[]>
  /** The nodes, in recorded order. */
  readonly nodes: readonly Node[]
  readonly ends: ModelEnds
  /** The ends at larger sizes, if dimensions are dynamic. */
  readonly largerEnds: ModelEnds | undefined
  /** The peak bytes of results in onnxruntime, without outputs if they are placed; with dynamic dimensions, at small sizes. */
  readonly workingBytes: number
  /** The bytes of the weights that the outputs depend on. */
  readonly weightBytes: number
}

/** Column tiles suit a processor's cache, but not weights that are prepacked. */
export interface TraceOptions extends Pick<CompileOptions, 'inputs' | 'weights' | 'bfloat16'>, GraphOptions {
  /** Fuses products of the same operand with several weights into one GEMM. */
  readonly fuse?: boolean
  /** Rewrites the nodes that the outputs depend on, and with them what they read. */
  readonly rewrite?: (nodes: readonly Node[]) => readonly Node[]
}

/** Runs `step` on shapes alone and records what it computes: twice, at different sizes, if dimensions are dynamic. */
export function trace(step: Step, options: TraceOptions): Trace {
  const larger = hasDynamic(options.inputs) ? record(step, options, {sizes: largeSizes(options.inputs)}) : undefined
  return record(step, options, {sizes: smallSizes(options.inputs), larger})
}

function record(
  step: Step,
  {inputs, weights, bfloat16 = [], fuse = false, rewrite, tiles, ...options}: TraceOptions,
  {sizes, larger}: {readonly sizes: Named<number>; readonly larger?: Trace},
): Trace {
  return traceGraph(
    (graph, tensor, value) => {
      const feeds = mapValues(inputs, (spec, name) => graph.input(name, spec.dtype, shapeAt(spec, sizes)))
      const stored = mapValues(weights, (weight, name) => graph.weight(name, weight))
      const results = step(mapValues(feeds, tensor), mapValues(stored, tensor))
      const taken = new Set<Value>()
      const outputs = mapValues(results, (result, name) => {
        const computed = bfloat16.includes(name) ? graph.toBfloat16(value(result)) : graph.materialize(value(result))
        const operands = vectorOperands(computed, options.partsFrom) ?? [computed]
        return outputParts(takeOutputs(graph, operands, taken), graph.nodes)
      })

      const needed = orderByTile(reachableNodes(graph.nodes, taken))
      const fused = fuse ? fuseGemms(graph, needed) : needed
      const nodes = larger ? withDynamicShapes(graph, fused, larger.nodes) : fused
      return traceOf(rewrite?.(nodes) ?? nodes, {
        feeds,
        outputs,
        taken,
        placed: options.partsFrom !== undefined,
        larger: larger?.ends,
      })
    },
    {tiles: tiles ?? !options.lowering, ...options},
  )
}

/** Takes values as outputs, each with a node of its own: one that has none, or is an output already, is copied. */
function takeOutputs(graph: Graph, values: readonly Value[], taken: Set<Value>): Value[] {
  return values.map(value => {
    const output = value.kind !== 'node' || taken.has(value) ? graph.copy(value) : value
    taken.add(output)
    return output
  })
}

interface RecordedStep {
  readonly feeds: Named<Value>
  readonly outputs: Named<readonly TensorPart[]>
  /** The values of all outputs. */
  readonly taken: ReadonlySet<Value>
  /** Whether the caller gives outputs their memory. */
  readonly placed: boolean
  /** The ends at larger sizes. */
  readonly larger: ModelEnds | undefined
}

function traceOf(nodes: readonly Node[], {feeds, outputs, taken, placed, larger}: RecordedStep): Trace {
  const used = new Set(nodes.flatMap(node => node.inputs))
  const inputs = readFeeds(feeds, used)
  const ends = {inputs: valuesOf(inputs), outputs: valuesOf(outputs)}
  return {
    // listed in reverse, nodes run in onnxruntime about as they were recorded (see buffers/run-order.ts)
    encode: locate => buildModel(nodes.toReversed(), ends, {larger, locate}),
    inputs,
    outputs,
    nodes,
    ends,
    largerEnds: larger,
    // only plans read these, and computing them takes a tenth of a trace's time
    get workingBytes() {
      return peakBytes(nodes, taken, {placed})
    },
    get weightBytes() {
      return weightBytes(used)
    },
  }
}

/** The parts of each feed that nodes read. */
function readFeeds(feeds: Named<Value>, used: ReadonlySet<Value>): Named<readonly TensorPart[]> {
  const parts = inputParts(used)
  const read = Object.entries(feeds).map(([name, feed]) => [name, parts.get(feed) ?? []] as const)
  return Object.fromEntries(read.filter(([, own]) => own.length > 0))
}

const valuesOf = (named: Named<readonly TensorPart[]>) =>
  Object.values(named).flatMap(parts => parts.map(({value}) => value))

/** The bytes of all weights read, each counted once: a weight may be read whole by one node and by slices elsewhere. */
function weightBytes(used: ReadonlySet<Value>): number {
  const read = new Map<Value, number>()
  for (const value of used) {
    if (value.kind !== 'weight') continue
    const whole = value.sliceOf ?? value
    read.set(whole, Math.min(sizeOf(whole), (read.get(whole) ?? 0) + sizeOf(value)))
  }
  return sum([...read.values()])
}

const sizeOf = ({dtype, shape}: Value) => bytesOf(dtype, shape)

/** The nodes that the outputs depend on, in recorded order. */
function reachableNodes(nodes: readonly Node[], outputs: ReadonlySet<Value>): Node[] {
  const needed = new Set<Node>()
  const stack = [...outputs]
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (value.kind !== 'node' || needed.has(value.node)) continue
    needed.add(value.node)
    stack.push(...value.node.inputs)
  }
  return nodes.filter(node => needed.has(node))
}

/** Orders nodes so that those of one column tile precede those of the next, and a tile stays in the processor's cache. */
const orderByTile = (nodes: readonly Node[]): Node[] =>
  tileRuns(nodes).flatMap(run => run.toSorted((a, b) => (a.tile ?? 0) - (b.tile ?? 0)))

/** Divides nodes into runs whose tiles may be ordered: a node of no tile is alone, and one that reads a later tile begins another. */
function tileRuns(nodes: readonly Node[]): Node[][] {
  const runs: Node[][] = []
  const tiles = new Map<Node, number>() // of the last run
  for (const node of nodes) {
    const {tile, inputs} = node
    const isLater = (input: Value) => input.kind === 'node' && (tiles.get(input.node) ?? -1) > Number(tile)
    if (tile === undefined || tiles.size === 0 || inputs.some(isLater)) {
      runs.push([])
      tiles.clear()
    }
    runs[runs.length - 1].push(node)
    if (tile !== undefined) tiles.set(node, tile)
  }
  return runs
}
