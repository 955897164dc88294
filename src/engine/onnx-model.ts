import {bytesOf, type Node, named, type Value} from './graph.ts'
import type {Data, Stored} from './program.ts'
import {encodeModel, ONNX_TYPE, type ProtoInitializer, type ProtoNode, type ProtoValue} from './proto.ts'

export interface ModelEnds {
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
}

/**
 * The ONNX model of these nodes, with the constants and weights that they read. A size of its ends is free where `twins`,
 * the same ends traced once more, have another.
 */
export function modelOf(nodes: readonly Node[], {inputs, outputs}: ModelEnds, twins?: ModelEnds): Uint8Array {
  const used = new Set(nodes.flatMap(node => node.inputs))
  return encodeModel({
    // onnxruntime visits the last node first and works backwards: in reverse, it runs them in the order recorded
    nodes: nodes.toReversed().map(protoNode),
    initializers: [...used].flatMap(initializer),
    inputs: inputs.map((value, i) => protoValue(value, twins?.inputs[i])),
    outputs: outputs.map((value, i) => protoValue(value, twins?.outputs[i])),
  })
}

const protoNode = ({op, domain, attributes, inputs, outputs}: Node): ProtoNode => ({
  op,
  domain,
  attributes,
  inputs: inputs.map(value => (value ? named(value) : '')),
  outputs: outputs.map(named),
})

const protoValue = (value: Value, twin = value): ProtoValue => ({
  name: named(value),
  type: ONNX_TYPE[value.dtype],
  shape: value.shape.map((d, i) => (d === twin.shape[i] ? d : undefined)),
})

function initializer(value: Value | undefined): ProtoInitializer[] {
  if (value?.kind === 'constant') {
    return [{name: value.name, type: ONNX_TYPE[value.dtype], shape: value.shape, at: {bytes: value.bytes}}]
  }
  if (value?.kind !== 'weight') return []
  const {name, stored} = value
  const {dtype, shape, at} = stored
  const type = ONNX_TYPE[dtype]
  if (isLarge(stored)) return [{name, type, shape, at: {location: name, offset: 0, length: bytesOf(dtype, shape)}}]
  if ('data' in at) return [{name, type, shape, at: {bytes: raw(at.data)}}]
  // paths are resolved below the folder /, so that files may lie, or be linked, anywhere
  return [{name, type, shape, at: {location: at.file.slice(1), offset: at.offset, length: at.bytes}}]
}

/** The weights in memory that a model only names, for a model may not be larger than 2 GB. */
export function besides(nodes: readonly Node[]): {readonly path: string; readonly data: Uint8Array}[] {
  const used = new Set(nodes.flatMap(node => node.inputs))
  return [...used].flatMap(value =>
    value?.kind === 'weight' && 'data' in value.stored.at && isLarge(value.stored)
      ? [{path: value.name, data: raw(value.stored.at.data)}]
      : [],
  )
}

const isLarge = ({dtype, shape, at}: Stored) => 'data' in at && bytesOf(dtype, shape) > 2 ** 20

const raw = ({buffer, byteOffset, byteLength}: Data) => new Uint8Array(buffer, byteOffset, byteLength)
