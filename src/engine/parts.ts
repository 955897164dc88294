// A step reads all trainables from one vector and returns all gradients in another. Its model may have an input and an output for each
// trainable instead, in the memory of the vectors, so that neither is split, concatenated or copied.

import {sum} from '../base/collections.ts'
import {getOrAdd} from '../base/memoize.ts'
import {
  ARRAYS,
  bytesOf,
  type Data,
  type DType,
  feedOf,
  type InputSpec,
  type Named,
  type Shape,
  shapeAt,
  size,
} from './program.ts'
import {type Node, nameOf, type Value} from './value.ts'

/** From this length on, onnxruntime gets vectors in parts: it copies shorter ones in less time than their parts take to pass. */
export const PARTS_FROM = 2 ** 22

/** What a model takes instead of a step's input, or returns instead of an output: the whole or a part. */
export interface TensorPart {
  readonly value: Value
  readonly name: string
  /** Its entries in the step's vector: `from` to before `to`. */
  readonly from: number
  readonly to: number
}

/** The parts of inputs that nodes read, by the input. */
export function inputParts(used: Iterable<Value>): Map<Value, TensorPart[]> {
  const parts = new Map<Value, TensorPart[]>()
  for (const value of used) {
    if (value.kind !== 'input') continue
    const {input, from} = value.partOf ?? {input: value, from: 0}
    getOrAdd(parts, input, () => []).push(partAt(value, from))
  }
  return parts
}

/** The operands of the concatenation of a vector of at least `from` entries, in the shapes in which they are computed. */
export function vectorOperands(value: Value, from = Number.POSITIVE_INFINITY): readonly Value[] | undefined {
  const {kind, shape} = value
  if (kind !== 'node' || value.node.op !== 'Concat' || shape.length !== 1 || shape[0] < from) return undefined
  return value.node.inputs.map(operand => {
    const isReshaped = operand.kind === 'node' && operand.node.op === 'Reshape'
    return isReshaped ? operand.node.inputs[0] : operand
  })
}

/**
 * The values as parts of their concatenation, in recorded order. Engines compute outputs one after the other. If the first
 * layer's gradients came first, those of the others would be computed only at the end, and what they need would stay in memory.
 */
export function outputParts(values: readonly Value[], nodes: readonly Node[]): TensorPart[] {
  let end = 0
  const parts = values.map(value => {
    const part = partAt(value, end)
    end = part.to
    return part
  })
  if (parts.length === 1) return parts
  const positions = new Map(nodes.map((node, i) => [node, i]))
  const position = ({value}: TensorPart) => (value.kind === 'node' ? (positions.get(value.node) ?? -1) : -1)
  return parts.sort((a, b) => position(a) - position(b))
}

const partAt = (value: Value, from: number): TensorPart => ({
  value,
  name: nameOf(value),
  from,
  to: from + size(value.shape),
})

/** An array of a model's input or output. */
export interface PartData {
  readonly name: string
  readonly dtype: InputSpec['dtype']
  readonly shape: Shape
  readonly data: Data
}

interface FeedOptions {
  readonly spec: InputSpec
  readonly feeds: Named<Data>
  readonly sizes: Named<number> | undefined
}

/** The arrays that a model takes for one input. @throws Fault 'failed' if it has no data */
export function feedParts(name: string, parts: readonly TensorPart[], {spec, feeds, sizes}: FeedOptions): PartData[] {
  const {dtype} = spec
  const data = feedOf(feeds, name, spec)
  return parts.map(({value, name, from, to}) => {
    const isPart = value.kind === 'input' && value.partOf !== undefined
    if (isPart) return {name, dtype, shape: value.shape, data: data.subarray(from, to)}
    return {name, dtype, shape: shapeAt(spec, sizes), data}
  })
}

/** Places outputs of fixed shapes in the buffers of earlier programs that are of the right size, or else in new ones. */
export function placeOutputs(
  outputs: Named<readonly TensorPart[]>,
  buffers: Map<string, ArrayBuffer>,
): {readonly whole: Named<Data>; readonly parts: readonly PartData[]} {
  const placed = Object.entries(outputs).map(([name, parts]) => {
    const dtype = parts[0].value.dtype as DType
    const bytes = sum(parts.map(({value: {shape}}) => bytesOf(dtype, shape)))
    const known = buffers.get(name)
    const buffer = known?.byteLength === bytes ? known : new ArrayBuffer(bytes)
    buffers.set(name, buffer)
    return {name, parts, dtype, data: new ARRAYS[dtype](buffer)}
  })
  return {
    whole: Object.fromEntries(placed.map(({name, data}) => [name, data])),
    parts: placed.flatMap(({parts, dtype, data}) =>
      parts.map(({value: {shape}, name, from, to}) => ({name, dtype, shape, data: data.subarray(from, to)})),
    ),
  }
}
