import type * as tf from '../tensor/tf.ts'
import {traced} from './backend.ts'
import {bytesOf, type Node, named, type Value} from './graph.ts'
import type {CompileOptions, Step} from './program.ts'
import {encodeModel, ONNX_TYPE, type ProtoInitializer, type ProtoNode, type ProtoValue} from './proto.ts'

export interface Trace {
  /** The ONNX model; weights that lie in files are named in it by place, not copied. */
  readonly model: Uint8Array
  /** The inputs and weights that the outputs depend on. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly nodes: number
  /** The most bytes of intermediate results alive at once, in the order recorded. */
  readonly workingBytes: number
  /** Of the weights that the outputs depend on. */
  readonly weightBytes: number
}

/** Runs `step` once on shapes alone and writes down what it computes. */
export function trace(step: Step, {inputs, weights}: Pick<CompileOptions, 'inputs' | 'weights'>): Trace {
  return traced((graph, tensor, value) => {
    const feeds: Record<string, Value> = {}
    for (const [name, {dtype, shape}] of Object.entries(inputs)) feeds[name] = graph.input(name, dtype, shape)
    const stored: Record<string, Value> = {}
    for (const [name, weight] of Object.entries(weights)) stored[name] = graph.weight(name, weight)

    const results = step(tensors(feeds, tensor), tensors(stored, tensor))
    const taken = new Set<Value>()
    const outputs = Object.entries(results).map(([name, result]) => {
      let answer = graph.whole(value(result))
      // an output gives its name to its node; what has no node, or is an output already, needs one more
      while (answer.kind !== 'node' || taken.has(answer)) answer = graph.op('Identity', [answer], answer)
      taken.add(answer)
      return {name, value: answer}
    })

    const nodes = alive(graph.nodes, outputs)
    const used = new Set(nodes.flatMap(node => node.inputs))
    const read = [...used].filter(value => value?.kind === 'weight')
    const asked = Object.values(feeds).filter(feed => used.has(feed))
    const names = new Map<Value, string>(outputs.map(({name, value}) => [value, name]))
    const model = encodeModel({
      // onnxruntime visits the last node first and works backwards: in reverse, it runs them in the order recorded
      nodes: nodes.toReversed().map(node => protoNode(node, names)),
      initializers: [...used].flatMap(value => initializer(value)),
      inputs: asked.map(feed => protoValue(feed, named(feed))),
      outputs: outputs.map(({name, value}) => protoValue(value, name)),
    })
    return {
      model,
      inputs: asked.map(named),
      outputs: Object.keys(results),
      nodes: nodes.length,
      workingBytes: workingBytes(nodes),
      weightBytes: read.reduce((n, weight) => n + (weight ? bytesOf(weight.dtype, weight.shape) : 0), 0),
    }
  })
}

function tensors(values: Record<string, Value>, tensor: (value: Value) => tf.Tensor): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tensor(value)]))
}

/** The nodes that an output needs, in recorded order. */
function alive(nodes: readonly Node[], outputs: readonly {readonly value: Value}[]): Node[] {
  const needed = new Set<Node>()
  const stack = outputs.map(({value}) => value)
  while (stack.length) {
    const value = stack.pop()!
    if (value.kind !== 'node' || needed.has(value.node)) continue
    needed.add(value.node)
    for (const input of value.node.inputs) if (input) stack.push(input)
  }
  return nodes.filter(node => needed.has(node))
}

function workingBytes(nodes: readonly Node[]): number {
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
      if (last !== undefined) freed.set(last, (freed.get(last) ?? 0) + bytes)
    }
    most = Math.max(most, alive)
    alive -= freed.get(i) ?? 0
  }
  return most
}

function protoNode({op, domain, attributes, inputs, outputs}: Node, names: ReadonlyMap<Value, string>): ProtoNode {
  const name = (value: Value) => names.get(value) ?? named(value)
  return {op, domain, attributes, inputs: inputs.map(value => (value ? name(value) : '')), outputs: outputs.map(name)}
}

const protoValue = ({dtype, shape}: Value, name: string): ProtoValue => ({name, type: ONNX_TYPE[dtype], shape})

function initializer(value: Value | undefined): ProtoInitializer[] {
  if (value?.kind === 'constant') {
    return [{name: value.name, type: ONNX_TYPE[value.dtype], shape: value.shape, at: {bytes: value.bytes}}]
  }
  if (value?.kind !== 'weight') return []
  const {name, stored} = value
  const {dtype, shape, at} = stored
  if ('data' in at) {
    const {buffer, byteOffset, byteLength} = at.data
    return [{name, type: ONNX_TYPE[dtype], shape, at: {bytes: new Uint8Array(buffer, byteOffset, byteLength)}}]
  }
  if (at.bytes !== bytesOf(dtype, shape)) throw new Error(`${name}: ${at.bytes} bytes do not hold ${dtype} [${shape}]`)
  // paths are resolved below the folder /, so that files may lie, or be linked, anywhere
  return [{name, type: ONNX_TYPE[dtype], shape, at: {location: at.file.slice(1), offset: at.offset, length: at.bytes}}]
}
