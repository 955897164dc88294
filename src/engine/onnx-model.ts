import {viewBytes} from '../base/collections.ts'
import {bytesOf, type Shape, type Stored} from './program.ts'
import {
  type ExternalBytes,
  encodeModel,
  ONNX_TYPE,
  type ProtoInitializer,
  type ProtoNode,
  type ProtoValue,
} from './proto.ts'
import {type Node, nameOf, type Value, type WeightValue} from './value.ts'

export interface ModelEnds {
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
}

export interface ModelOptions {
  /** The ends of the same step traced at larger sizes: a dimension that differs is dynamic. */
  readonly larger?: ModelEnds
  /** Where the model refers to a weight; `input` to take it as an input, undefined to include its bytes. */
  readonly locate?: LocateWeight
}

export type LocateWeight = (weight: WeightValue) => ExternalBytes | 'input' | undefined

/** The ONNX model of these nodes, with the constants and weights that they read. */
export function buildModel(
  nodes: readonly Node[],
  {inputs, outputs}: ModelEnds,
  {larger, locate = locateInFile}: ModelOptions = {},
): Uint8Array {
  const used = new Set(nodes.flatMap(node => node.inputs))
  const weightInputs = [...used].filter(value => value.kind === 'weight' && locate(value) === 'input')
  return encodeModel({
    nodes: nodes.map(protoNode),
    initializers: [...used].flatMap(value => initializer(value, locate)),
    inputs: [
      ...inputs.map((value, i) => protoValue(value, larger?.inputs[i])),
      ...weightInputs.map(value => protoValue(value)),
    ],
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

function initializer(value: Value, locate: LocateWeight): ProtoInitializer[] {
  if (value.kind === 'constant') {
    return [{name: value.name, type: ONNX_TYPE[value.dtype], shape: value.shape, at: {bytes: value.bytes}}]
  }
  if (value.kind !== 'weight') return []
  const {dtype, shape, at} = value.stored
  const location = locate(value)
  if (location === 'input') return []
  const located = location ?? ('data' in at ? {bytes: viewBytes(at.data)} : undefined)
  if (!located) throw new Error(`${value.name}: a weight in a file needs a location`)
  return [{name: value.name, type: ONNX_TYPE[dtype], shape, at: located}]
}

/** onnxruntime maps files and takes large arrays by name. */
function locateInFile({name, stored}: WeightValue): ExternalBytes | undefined {
  const {dtype, shape, at} = stored
  if (isLarge(stored)) return {location: name, offset: 0, length: bytesOf(dtype, shape)}
  if ('data' in at) return undefined
  // paths are relative to the folder /, so that files may be anywhere, links included
  return {location: at.file.slice(1), offset: at.offset, length: at.bytes}
}

/** Where onnxruntime gets the weights of a model. */
export interface PlacedWeights {
  readonly locate: LocateWeight
  /** Arrays that the model refers to by name. */
  readonly externalData: readonly {readonly path: string; readonly data: Uint8Array}[]
  /** Weights that each run of the model takes as inputs, without a copy. */
  readonly inputs: readonly {readonly name: string; readonly shape: Shape; readonly data: Float32Array | Int32Array}[]
}

/**
 * Places the weights outside the model, which may not exceed 2 GB: onnxruntime maps files or takes large arrays by name, but
 * not both for one model. Beside files, large arrays are inputs.
 */
export function placeWeights(nodes: readonly Node[]): PlacedWeights {
  const used = [...new Set(nodes.flatMap(node => node.inputs))].filter(value => value.kind === 'weight')
  const large = used.flatMap(({name, shape, stored}) =>
    'data' in stored.at && isLarge(stored) ? [{name, shape, data: stored.at.data}] : [],
  )
  if (used.every(({stored}) => 'data' in stored.at)) {
    return {
      locate: locateInFile,
      externalData: large.map(({name, data}) => ({path: name, data: viewBytes(data)})),
      inputs: [],
    }
  }
  const inputs = large.flatMap(({data, ...rest}) =>
    data instanceof Float32Array || data instanceof Int32Array ? [{...rest, data}] : [],
  )
  const names = new Set(inputs.map(({name}) => name))
  const locate: LocateWeight = weight => {
    if (names.has(weight.name)) return 'input'
    return 'data' in weight.stored.at ? undefined : locateInFile(weight)
  }
  return {locate, externalData: [], inputs}
}

/** Whether a weight is an array that a model only refers to. */
export const isLarge = ({dtype, shape, at}: Stored) => 'data' in at && bytesOf(dtype, shape) > 2 ** 20
