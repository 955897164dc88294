import {createHash} from 'node:crypto'
import {type Data, type DType, type Shape, type Stored, type StoredDType, size} from './program.ts'
import type {Attribute} from './proto.ts'

/**
 * What a tensor is while a step is traced: a type and a shape, never numbers. A splat (one number everywhere) and a
 * view (another value, broadcast) take no node until something needs them whole; nor do columns (values side by side,
 * whose last axes together are this one's).
 */
export type Value =
  | (TypedShape & {readonly kind: 'node'; readonly name: string; readonly node: Node})
  | (TypedShape & {readonly kind: 'input'; readonly name: string})
  | (TypedShape & {readonly kind: 'weight'; readonly name: string; readonly stored: Stored; readonly rowsOf?: Value})
  | (TypedShape & {readonly kind: 'constant'; readonly name: string; readonly bytes: Uint8Array})
  | (TypedShape & {readonly kind: 'splat'; readonly value: number})
  | (TypedShape & {readonly kind: 'view'; readonly source: Value})
  | (TypedShape & {readonly kind: 'columns'; readonly parts: readonly Value[]})

export interface TypedShape {
  readonly dtype: DType | 'int64' | 'bfloat16' | 'float16'
  readonly shape: Shape
}

export interface Node {
  readonly op: string
  readonly domain: string
  readonly attributes: Readonly<Record<string, Attribute>>
  readonly inputs: readonly (Value | undefined)[]
  outputs: readonly Value[]
  /** Set where this node only multiplies `of` by a number, so that a product can take the factor over. */
  scales?: {readonly of: Value; readonly by: number}
  /** The piece of wide values that this node works for, where they are in pieces. */
  readonly piece?: number | undefined
}

export interface NodeOptions {
  readonly attributes?: Node['attributes']
  readonly domain?: string
}

/**
 * What stands in for ops that a device lacks or computes wrongly, by their names: the same outputs by other ops, or
 * undefined where the node may stay.
 */
export type Lowering = Readonly<
  Record<
    string,
    (
      g: Graph,
      inputs: readonly (Value | undefined)[],
      outputs: readonly TypedShape[],
      attributes: Node['attributes'],
    ) => readonly Value[] | undefined
  >
>

export interface GraphOptions {
  readonly lowering?: Lowering | undefined
  readonly pieces?: boolean
}

/** A graph under construction: nodes in the order in which the step asked for them, equal ones shared. */
export class Graph {
  readonly nodes: Node[] = []
  private readonly shared = new Map<string, readonly Value[]>()
  private readonly constants = new Map<string, Value>()
  private readonly views = new Map<string, Value>()
  private readonly lowering: Lowering
  private count = 0
  private piece: number | undefined

  /** Whether wide values may be in pieces (columns.ts). */
  readonly pieces: boolean

  constructor({lowering = {}, pieces = false}: GraphOptions = {}) {
    this.lowering = lowering
    this.pieces = pieces
  }

  input(name: string, dtype: DType, shape: Shape): Value {
    return {kind: 'input', name: this.name(name), dtype, shape}
  }

  weight(name: string, stored: Stored): Value {
    const {dtype, shape, at} = stored
    if (dtype === 'float64' || dtype === 'uint8')
      throw new Error(`${name} is stored as ${dtype}; a program cannot read that`)
    if ('file' in at && at.bytes !== bytesOf(dtype, shape))
      throw new Error(`${name}: ${at.bytes} bytes do not hold ${dtype} [${shape}]`)
    return {kind: 'weight', name: this.name(name), dtype, shape, stored}
  }

  /** Rows of a weight, read where the weight is. */
  rows(weight: Extract<Value, {kind: 'weight'}>, from: number, count: number): Value {
    const key = `${weight.name} ${from} ${count}`
    const known = this.views.get(key)
    if (known) return known
    const {dtype, shape, at} = weight.stored
    const rows = shape.with(0, count)
    const before = shape.with(0, from)
    const place =
      'data' in at
        ? {data: at.data.subarray((at.data.length / shape[0]) * from, (at.data.length / shape[0]) * (from + count))}
        : {file: at.file, offset: at.offset + bytesOf(dtype, before), bytes: bytesOf(dtype, rows)}
    const view = {...this.weight(weight.name, {dtype, shape: rows, at: place}), rowsOf: weight}
    this.views.set(key, view)
    return view
  }

  splat(value: number, shape: Shape = [], dtype: DType = 'float32'): Value {
    return {kind: 'splat', value, shape, dtype}
  }

  /** A value known while tracing; equal ones become one. */
  constant(data: Data | BigInt64Array, shape: Shape, dtype: DType | 'int64'): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const content = bytes.length > 64 ? createHash('sha1').update(bytes).digest('base64') : bytes.join()
    const key = `${dtype} ${shape} ${content}`
    const known = this.constants.get(key)
    if (known) return known
    const value: Value = {kind: 'constant', name: this.name('constant'), dtype, shape, bytes}
    this.constants.set(key, value)
    return value
  }

  ints(values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length], 'int64')
  }

  scalar(value: number, dtype: DType = 'float32'): Value {
    const data =
      dtype === 'float32' ? Float32Array.of(value) : dtype === 'int32' ? Int32Array.of(value) : Uint8Array.of(value)
    return this.constant(data, [], dtype)
  }

  /** One node with one output. */
  op(op: string, inputs: readonly (Value | undefined)[], output: TypedShape, options: NodeOptions = {}): Value {
    return this.ops(op, inputs, [output], options)[0]
  }

  /** One node with several outputs. A node equal to an earlier one is that one. */
  ops(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly TypedShape[],
    options: NodeOptions = {},
  ): readonly Value[] {
    const {attributes = {}, domain = ''} = options
    const lowered = this.lowering[op]?.(this, inputs, outputs, attributes)
    if (lowered) return lowered
    const whole = inputs.map(value => value && this.whole(reads16(op) ? value : this.as32(value)))
    const key = `${op} ${domain} ${whole.map(value => value && named(value)).join()} ${JSON.stringify(attributes)}`
    const known = this.shared.get(key)
    if (known?.length === outputs.length) return known
    const values = this.append({op, domain, attributes, inputs: whole, outputs: []}, outputs)
    this.shared.set(key, values)
    return values
  }

  /** One node with one output that is never shared: cheap to compute again, dear to keep. */
  alone(op: string, inputs: readonly Value[], output: TypedShape): Value {
    return this.append({op, domain: '', attributes: {}, inputs, outputs: []}, [output])[0]
  }

  /** Nodes that `build` asks for work for this piece of wide values. */
  inPiece<T>(piece: number, build: () => T): T {
    const before = this.piece
    this.piece = piece
    const built = build()
    this.piece = before
    return built
  }

  /** The same value with a name: splats, views and columns become nodes. */
  whole(value: Value): Value {
    if (value.kind === 'splat') {
      const scalar = this.scalar(value.value, value.dtype as DType)
      return value.shape.length === 0 ? scalar : this.op('Expand', [scalar, this.ints(value.shape)], value)
    }
    if (value.kind === 'columns')
      return this.op('Concat', value.parts, value, {attributes: {axis: value.shape.length - 1}})
    if (value.kind !== 'view') return value
    const source = this.as32(value.source)
    return this.op('Expand', [source, this.ints(value.shape)], {dtype: source.dtype, shape: value.shape})
  }

  /** A node of its own, never shared, that answers what `value` is. */
  copy(value: Value): Value {
    const computed = this.as32(this.whole(value))
    return this.append({op: 'Identity', domain: '', attributes: {}, inputs: [computed], outputs: []}, [computed])[0]
  }

  /**
   * A 16-bit weight widened for one use. Every use gets its own node: the wide copy is short-lived, and the weight
   * itself stays mapped.
   */
  as32(value: Value): Value {
    if (value.kind !== 'weight' || (value.dtype !== 'bfloat16' && value.dtype !== 'float16')) return value
    return this.append({op: 'Cast', domain: '', attributes: {to: 1}, inputs: [value], outputs: []}, [
      {dtype: 'float32', shape: value.shape},
    ])[0]
  }

  private append(content: Node, outputs: readonly TypedShape[]): readonly Value[] {
    const node = {...content, piece: this.piece}
    node.outputs = outputs.map(({dtype, shape}) => ({kind: 'node', name: this.name(node.op), dtype, shape, node}))
    this.nodes.push(node)
    return node.outputs
  }

  private name(hint: string): string {
    return `${hint}_${this.count++}`
  }
}

/** A value's name in the model: no other value has it. */
export function named(value: Value): string {
  if (value.kind === 'splat' || value.kind === 'view' || value.kind === 'columns')
    throw new Error(`a ${value.kind} has no name until it is made whole`)
  return value.name
}

/** Ops that read 16-bit weights as they are: a gather picks rows first, so that only those are widened. */
const reads16 = (op: string) => op === 'Cast' || op === 'Gather'

export const bytesOf = (dtype: StoredDType, shape: Shape) =>
  size(shape) * {float32: 4, int32: 4, bool: 1, bfloat16: 2, float16: 2, float64: 8, int64: 8, uint8: 1}[dtype]
