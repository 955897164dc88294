// A reader of ONNX models that knows nothing of the writer: protobuf's wire format, and the field numbers of onnx.proto3.

export interface OnnxModel {
  readonly irVersion: number
  readonly producer: string
  readonly opsets: Readonly<Record<string, number>>
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

export interface OnnxNode {
  readonly op: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, number | string | readonly number[]>>
}

export interface OnnxTensor extends OnnxValue {
  readonly bytes: Buffer | undefined
  readonly external: Readonly<Record<string, string>> | undefined
}

export interface OnnxValue {
  readonly name: string
  readonly type: number
  readonly shape: readonly number[]
}

export function readModel(bytes: Uint8Array): OnnxModel {
  const model = message(Buffer.from(bytes))
  const graph = message(model.bytes(7)[0])
  return {
    irVersion: model.ints(1)[0],
    producer: model.texts(2)[0],
    opsets: Object.fromEntries(model.messages(8).map(it => [it.texts(1)[0] ?? '', it.ints(2)[0]])),
    nodes: graph.messages(1).map(readNode),
    initializers: graph.messages(5).map(readTensor),
    inputs: graph.messages(11).map(readValue),
    outputs: graph.messages(12).map(readValue),
  }
}

function readNode(node: Message): OnnxNode {
  return {
    op: node.texts(4)[0],
    domain: node.texts(7)[0] ?? '',
    inputs: node.texts(1),
    outputs: node.texts(2),
    attributes: Object.fromEntries(node.messages(5).map(it => [it.texts(1)[0], readAttribute(it)])),
  }
}

function readAttribute(attribute: Message): number | string | readonly number[] {
  const type = attribute.ints(20)[0]
  if (type === 1) return attribute.bytes(2)[0].readFloatLE()
  if (type === 2) return attribute.ints(3)[0]
  if (type === 3) return attribute.texts(4)[0]
  if (type === 7) return attribute.ints(8)
  throw new Error(`an attribute of type ${type}`)
}

function readTensor(tensor: Message): OnnxTensor {
  const external = tensor.messages(13).map(entry => [entry.texts(1)[0], entry.texts(2)[0]])
  return {
    name: tensor.texts(8)[0],
    type: tensor.ints(2)[0],
    shape: tensor.ints(1),
    bytes: tensor.bytes(9)[0],
    external: tensor.ints(14)[0] === 1 ? Object.fromEntries(external) : undefined,
  }
}

function readValue(value: Message): OnnxValue {
  const tensor = value.messages(2)[0].messages(1)[0]
  const dims = tensor.messages(2)[0].messages(1)
  return {name: value.texts(1)[0], type: tensor.ints(1)[0], shape: dims.map(d => d.ints(1)[0])}
}

/** What stands in a message under a field's number, each value that it has. */
interface Message {
  ints(field: number): number[]
  bytes(field: number): Buffer[]
  texts(field: number): string[]
  messages(field: number): Message[]
}

function message(bytes: Buffer): Message {
  const fields = new Map<number, (bigint | Buffer)[]>()
  let at = 0
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, value)
    }
  }
  const take = (length: number) => {
    if (at + length > bytes.length) throw new Error('a field ends behind its message')
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const key = Number(varint())
    const read: Record<number, () => bigint | Buffer> = {
      0: varint,
      1: () => take(8),
      2: () => take(Number(varint())),
      5: () => take(4),
    }
    const values = fields.get(key >> 3) ?? []
    values.push(read[key & 7]())
    fields.set(key >> 3, values)
  }

  const pieces = (field: number) => (fields.get(field) ?? []) as Buffer[]
  return {
    ints: field => (fields.get(field) ?? []).map(Number),
    bytes: pieces,
    texts: field => pieces(field).map(String),
    messages: field => pieces(field).map(message),
  }
}
