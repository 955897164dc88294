// The part of protobuf that an ONNX model needs. Field numbers are those of onnx.proto3.

export type Attribute = number | string | readonly number[] | {readonly float: number}

/** The value of a float attribute; undefined for any other, and for a missing one. */
export const floatOf = (attribute: Attribute | undefined): number | undefined =>
  typeof attribute === 'object' && 'float' in attribute ? attribute.float : undefined

export interface ProtoNode {
  readonly op: string
  readonly domain?: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, Attribute>>
}

/** A constant of the model: its little-endian bytes, or where they are. */
export interface ProtoInitializer {
  readonly name: string
  readonly type: number
  readonly shape: readonly number[]
  readonly at: {readonly bytes: Uint8Array} | ExternalBytes
}

/** Bytes in a file, or in memory, that the runtime reads in place. */
export interface ExternalBytes {
  readonly location: string
  readonly offset: number | bigint
  readonly length: number
}

export interface ProtoValue {
  readonly name: string
  readonly type: number
  /** A dynamic dimension is undefined. */
  readonly shape: readonly (number | undefined)[]
}

export interface ProtoModel {
  readonly nodes: readonly ProtoNode[]
  readonly initializers: readonly ProtoInitializer[]
  readonly inputs: readonly ProtoValue[]
  readonly outputs: readonly ProtoValue[]
}

/** TensorProto.DataType. */
export const ONNX_TYPE = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
} as const

const IR_VERSION = 10
const OPSET = 21

/** Encodes an ONNX ModelProto. */
export function encodeModel(model: ProtoModel): Uint8Array {
  const writer = new Writer()
  writer.int(1, IR_VERSION)
  writer.text(2, 'svft')
  writer.message(7, w => encodeGraph(w, model))
  writer.message(8, w => {
    w.text(1, '')
    w.int(2, OPSET)
  })
  writer.message(8, w => {
    w.text(1, 'com.microsoft')
    w.int(2, 1)
  })
  return writer.bytes()
}

function encodeGraph(writer: Writer, {nodes, initializers, inputs, outputs}: ProtoModel): void {
  for (const node of nodes) writer.message(1, w => encodeNode(w, node))
  writer.text(2, 'step')
  for (const initializer of initializers) writer.message(5, w => encodeInitializer(w, initializer))
  for (const value of inputs) writer.message(11, w => encodeValue(w, value))
  for (const value of outputs) writer.message(12, w => encodeValue(w, value))
}

function encodeNode(writer: Writer, {op, domain, inputs, outputs, attributes = {}}: ProtoNode): void {
  for (const name of inputs) writer.text(1, name)
  for (const name of outputs) writer.text(2, name)
  writer.text(4, op)
  for (const [name, value] of Object.entries(attributes)) writer.message(5, w => encodeAttribute(w, name, value))
  if (domain) writer.text(7, domain)
}

function encodeAttribute(writer: Writer, name: string, value: Attribute): void {
  writer.text(1, name)
  if (typeof value === 'number') {
    writer.int(3, value)
    writer.int(20, 2)
  } else if (typeof value === 'string') {
    writer.text(4, value)
    writer.int(20, 3)
  } else if ('float' in value) {
    writer.float(2, value.float)
    writer.int(20, 1)
  } else {
    for (const item of value) writer.int(8, item)
    writer.int(20, 7)
  }
}

function encodeInitializer(writer: Writer, {name, type, shape, at}: ProtoInitializer): void {
  for (const d of shape) writer.int(1, d)
  writer.int(2, type)
  writer.text(8, name)
  if ('bytes' in at) {
    writer.raw(9, at.bytes)
    return
  }
  for (const [key, value] of Object.entries(at)) {
    writer.message(13, w => {
      w.text(1, key)
      w.text(2, String(value))
    })
  }
  writer.int(14, 1)
}

function encodeValue(writer: Writer, {name, type, shape}: ProtoValue): void {
  writer.text(1, name)
  writer.message(2, w => w.message(1, tensor => encodeTensorType(tensor, type, shape)))
}

function encodeTensorType(writer: Writer, type: number, shape: ProtoValue['shape']): void {
  writer.int(1, type)
  writer.message(2, w => {
    for (const d of shape) w.message(1, dimension => d !== undefined && dimension.int(1, d))
  })
}

class Writer {
  private buffer = Buffer.allocUnsafe(256)
  private length = 0

  int(field: number, value: number): void {
    this.varint(field << 3)
    this.varint(value)
  }

  float(field: number, value: number): void {
    this.varint((field << 3) | 5)
    this.reserve(4)
    this.length = this.buffer.writeFloatLE(value, this.length)
  }

  text(field: number, value: string): void {
    this.raw(field, Buffer.from(value))
  }

  raw(field: number, value: Uint8Array): void {
    this.varint((field << 3) | 2)
    this.varint(value.length)
    this.reserve(value.length)
    this.buffer.set(value, this.length)
    this.length += value.length
  }

  message(field: number, fill: (writer: Writer) => unknown): void {
    const inner = new Writer()
    fill(inner)
    this.raw(field, inner.bytes())
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length)
  }

  private varint(value: number): void {
    this.reserve(10)
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest > 0x7fn) {
      this.buffer[this.length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.buffer[this.length++] = Number(rest)
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes))
    this.buffer.copy(larger, 0, 0, this.length)
    this.buffer = larger
  }
}
