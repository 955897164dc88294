import {createHash} from 'node:crypto'
import {viewBytes} from '../base/collections.ts'
import {getOrAdd} from '../base/memoize.ts'
import {ARRAYS, bytesOf, type Data, type DType, type InputSpec, type Shape, type Stored} from './program.ts'
import {ONNX_TYPE} from './proto.ts'
import type {InputPart, Node, TypedShape, Value, WeightValue} from './value.ts'

export interface NodeOptions {
  readonly attributes?: Node['attributes']
  readonly domain?: string
}

/**
 * Replacements for ops that a device lacks or computes wrongly, by op: each returns the same outputs from other ops, or
 * undefined to keep the node.
 */
export type Lowering = Readonly<
  Record<
    string,
    (
      g: Graph,
      inputs: readonly Value[],
      outputs: readonly TypedShape[],
      attributes: Node['attributes'],
    ) => readonly Value[] | undefined
  >
>

export interface GraphOptions {
  readonly lowering?: Lowering
  /** Whether wide values may be split into column tiles (see column-tiles.ts). */
  readonly tiles?: boolean
  /** Whether attention over long texts and cross-entropy over many rows may be split into blocks, which saves memory. */
  readonly blocks?: boolean
  /** The bits of a float while the graph is computed. */
  readonly bits?: 16 | 32
  /** The least entries of a vector that the model takes or returns in parts (see parts.ts); default: none is. */
  readonly partsFrom?: number
  /** Whether entrywise ops are computed on a matrix of this shape, rather than on its reshape to more axes; default: never. */
  readonly keepsMatrix?: (rows: number, columns: number) => boolean
}

/** A graph under construction: nodes in the order in which the step created them, equal ones shared. */
export class Graph {
  readonly nodes: Node[] = []
  /** Nodes that may be reused, by their first operand. */
  private readonly shared = new Map<Value | undefined, Node[]>()
  private readonly constants = new Map<string, Value>()
  private readonly integers = new Map<string, Value>()
  private readonly views = new Map<string, Value>()
  private readonly parts = new Map<string, Value>()
  private count = 0
  private tile: number | undefined
  readonly options: Required<GraphOptions>

  constructor({
    lowering = {},
    tiles = false,
    blocks = true,
    bits = 32,
    partsFrom = Number.POSITIVE_INFINITY,
    keepsMatrix = () => false,
  }: GraphOptions = {}) {
    this.options = {lowering, tiles, blocks, bits, partsFrom, keepsMatrix}
  }

  input(name: string, dtype: InputSpec['dtype'], shape: Shape): Value {
    return {kind: 'input', name: this.name(name), dtype, shape}
  }

  /** Splits a value into inputs of their own if it is a vector that is passed in parts. */
  splitInput(input: Value, sizes: readonly number[]): readonly Value[] | undefined {
    if (input.kind !== 'input' || input.shape.length !== 1 || input.shape[0] < this.options.partsFrom) return undefined
    let end = 0
    return sizes.map(n => {
      end += n
      return this.inputPart({input, from: end - n}, [n])
    })
  }

  /** A part of an input vector, in any shape. */
  inputPart({input, from}: InputPart, shape: Shape): Value {
    const {name, dtype} = input
    return getOrAdd(this.parts, `${name} ${from} ${shape}`, () => ({
      kind: 'input',
      name: this.name(name),
      dtype,
      shape,
      partOf: {input, from},
    }))
  }

  weight(name: string, stored: Stored): WeightValue {
    const {dtype, shape, at} = stored
    if (dtype === 'float64' || dtype === 'uint8')
      throw new Error(`${name}: a program cannot read a weight stored as ${dtype}`)
    if ('file' in at && at.bytes !== bytesOf(dtype, shape))
      throw new Error(`${name}: ${at.bytes} bytes do not hold ${dtype} [${shape}]`)
    return {kind: 'weight', name: this.name(name), dtype, shape, stored}
  }

  /** A slice of a weight's rows, read in place. */
  rows(weight: WeightValue, from: number, count: number): Value {
    const key = `${weight.name} ${from} ${count}`
    return getOrAdd(this.views, key, () => {
      const {dtype, shape, at} = weight.stored
      const rows = shape.with(0, count)
      const before = shape.with(0, from)
      const location =
        'data' in at
          ? {data: at.data.subarray((at.data.length / shape[0]) * from, (at.data.length / shape[0]) * (from + count))}
          : {file: at.file, offset: at.offset + bytesOf(dtype, before), bytes: bytesOf(dtype, rows)}
      return {...this.weight(weight.name, {dtype, shape: rows, at: location}), sliceOf: weight}
    })
  }

  splat(value: number, shape: Shape = [], dtype: DType = 'float32'): Value {
    return {kind: 'splat', value, shape, dtype}
  }

  /** A value that is known at trace time; equal constants are shared. */
  constant(data: Data | BigInt64Array, shape: Shape, dtype: DType | 'int64'): Value {
    const bytes = viewBytes(data)
    const content = bytes.length > 64 ? createHash('sha1').update(bytes).digest('base64') : bytes.join()
    const key = `${dtype} ${shape} ${content}`
    return getOrAdd(this.constants, key, () => ({kind: 'constant', name: this.name('constant'), dtype, shape, bytes}))
  }

  ints(values: readonly number[]): Value {
    return getOrAdd(this.integers, values.join(), () =>
      this.constant(BigInt64Array.from(values, BigInt), [values.length], 'int64'),
    )
  }

  scalar(value: number, dtype: DType = 'float32'): Value {
    return this.constant(ARRAYS[dtype].of(value), [], dtype)
  }

  /** One node with one output. */
  op(op: string, inputs: readonly Value[], output: TypedShape, options: NodeOptions = {}): Value {
    return this.ops(op, inputs, [output], options)[0]
  }

  /** One node with several outputs; an equal earlier node is reused. */
  ops(
    op: string,
    inputs: readonly Value[],
    outputs: readonly TypedShape[],
    options: NodeOptions = {},
  ): readonly Value[] {
    const {attributes = NONE, domain = ''} = options
    const lowered = this.options.lowering[op]?.(this, inputs, outputs, attributes)
    if (lowered) return lowered
    const operands = inputs.map(value => this.materialize(reads16(op, inputs) ? value : this.as32(value)))
    const wanted = {op, domain, attributes, inputs: operands}
    const candidates = getOrAdd(this.shared, operands[0], () => [])
    const known = candidates.find(node => node.outputs.length === outputs.length && isSameNode(node, wanted))
    if (known) return known.outputs
    const node = this.append(wanted, outputs)
    candidates.push(node)
    return node.outputs
  }

  /** One node with one output that is never shared, because it is cheap to recompute and large to keep. */
  unshared(op: string, inputs: readonly Value[], output: TypedShape, attributes: Node['attributes'] = NONE): Value {
    return this.append({op, domain: '', attributes, inputs}, [output]).outputs[0]
  }

  /** Marks the nodes that `build` creates as computing this column tile. */
  inTile<T>(tile: number, build: () => T): T {
    const before = this.tile
    this.tile = tile
    const built = build()
    this.tile = before
    return built
  }

  /** Gives a value a name: splats, views and tiled values become nodes. */
  materialize(value: Value): Value {
    if (value.kind === 'splat') {
      const scalar = this.scalar(value.value, value.dtype)
      return value.shape.length === 0 ? scalar : this.op('Expand', [scalar, this.ints(value.shape)], value)
    }
    if (value.kind === 'tiled')
      return this.op('Concat', value.tiles, value, {attributes: {axis: value.shape.length - 1}})
    if (value.kind !== 'view') return value
    const source = this.as32(value.source)
    return this.op('Expand', [source, this.ints(value.shape)], {dtype: source.dtype, shape: value.shape})
  }

  /** An Identity node of its own, never shared. */
  copy(value: Value): Value {
    const computed = this.as32(this.materialize(value))
    return this.unshared('Identity', [computed], computed)
  }

  /**
   * A 16-bit weight or input upcast to float32 for one use. Every use gets its own node: the float32 copy is short-lived, and
   * a weight itself stays mapped.
   */
  as32(value: Value): Value {
    const stored = value.kind === 'weight' || value.kind === 'input'
    if (!stored || (value.dtype !== 'bfloat16' && value.dtype !== 'float16')) return value
    return this.unshared('Cast', [value], {dtype: 'float32', shape: value.shape}, {to: ONNX_TYPE.float32})
  }

  /** A value rounded to bfloat16, as an output. */
  toBfloat16(value: Value): Value {
    return this.op('Cast', [value], {dtype: 'bfloat16', shape: value.shape}, {attributes: {to: ONNX_TYPE.bfloat16}})
  }

  private append({op, domain, attributes, inputs}: Omit<Node, 'outputs'>, outputs: readonly TypedShape[]): Node {
    const node: Node = {op, domain, attributes, inputs, outputs: [], tile: this.tile}
    node.outputs = outputs.map(({dtype, shape}) => ({kind: 'node', name: this.name(op), dtype, shape, node}))
    this.nodes.push(node)
    return node
  }

  private name(hint: string): string {
    return `${hint}_${this.count++}`
  }
}

const NONE: Node['attributes'] = {}

/** Whether two nodes compute the same: one op of the same operands. */
const isSameNode = (a: Omit<Node, 'outputs'>, b: Omit<Node, 'outputs'>) =>
  a.op === b.op &&
  a.domain === b.domain &&
  a.inputs.length === b.inputs.length &&
  a.inputs.every((input, i) => input === b.inputs[i]) &&
  (a.attributes === b.attributes || JSON.stringify(a.attributes) === JSON.stringify(b.attributes))

/**
 * Whether an op reads 16-bit weights directly: a gather selects rows first, so that only those are upcast, and a product with
 * a value computed in bfloat16 is of that type.
 */
const reads16 = (op: string, inputs: readonly Value[]) =>
  op === 'Cast' || op === 'Gather' || inputs.some(({kind, dtype}) => kind === 'node' && dtype === 'bfloat16')
