import {bytesOf, type Node, nameOf, type Value} from './graph.ts'
import type {Data, Stored} from './program.ts'
import {encodeModel, ONNX_TYPE, type ProtoInitializer, type ProtoNode, type ProtoValue} from './proto.ts'

export interface ModelEnds {
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
}

/**
 * The ONNX model of these nodes, with the constants and weights that they read. A dimension of its ends is dynamic if it
 * differs in `larger`, the ends of the same step traced at larger sizes.
 */
export function buildModel(nodes: readonly Node[], {inputs, outputs}: ModelEnds, larger?: ModelEnds): Uint8Array {
  const used = new Set(nodes.flatMap(node => node.inputs))
  return encodeModel({
    // onnxruntime visits nodes from the last one backwards: listed in reverse, they run in recorded order
    nodes: nodes.toReversed().map(protoNode),
    initializers: [...used].flatMap(initializer),
    inputs: inputs.map((value, i) => protoValue(value, larger?.inputs[i])),
    outputs: outputs.map((value, i) => protoValue(value, larger?.outputs[i])),
  })
}

const protoNode = ({op, domain, attributes, inputs, outputs}: Node): ProtoNode => ({
  op,
  domain,
  attributes,
  inputs: inputs.map(nameOf),
  outputs: outputs.map(nameOf),
})

const protoValue = (value: Value, larger = value): ProtoValue => ({
  name: nameOf(value),
  type: ONNX_TYPE[value.dtype],
  shape: value.shape.map((d, i) => (d === larger.shape[i] ? d : undefined)),
})

function initializer(value: Value): ProtoInitializer[] {
  if (value.kind === 'constant') {
    return [{name: value.name, type: ONNX_TYPE[value.dtype], shape: value.shape, at: {bytes: value.bytes}}]
  }
  if (value.kind !== 'weight') return []
  const {name, stored} = value
  const {dtype, shape, at} = stored
  const type = ONNX_TYPE[dtype]
  if (isLarge(stored)) return [{name, type, shape, at: {location: name, offset: 0, length: bytesOf(dtype, shape)}}]
  if ('data' in at) return [{name, type, shape, at: {bytes: raw(at.data)}}]
  // paths are relative to the folder /, so that files may be anywhere, links included
  return [{name, type, shape, at: {location: at.file.slice(1), offset: at.offset, length: at.bytes}}]
}

/** The weights in memory that a model only refers to, because a model may not exceed 2 GB. */
export function externalData(nodes: readonly Node[]): {readonly path: string; readonly data: Uint8Array}[] {
  const used = new Set(nodes.flatMap(node => node.inputs))
  return [...used].flatMap(value =>
    value.kind === 'weight' && 'data' in value.stored.at && isLarge(value.stored)
      ? [{path: value.name, data: raw(value.stored.at.data)}]
      : [],
  )
}

const isLarge = ({dtype, shape, at}: Stored) => 'data' in at && bytesOf(dtype, shape) > 2 ** 20

const raw = ({buffer, byteOffset, byteLength}: Data) => new Uint8Array(buffer, byteOffset, byteLength)
