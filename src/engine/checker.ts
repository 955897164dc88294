// Some devices silently return wrong results, so each kind of node in a program is compared with the CPU before the program
// runs.

import {sum} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {buildModel} from './onnx-model.ts'
import {onnxruntime, type Tensor} from './onnxruntime.ts'
import {type Device, size} from './program.ts'
import {lacksKernel, openSession} from './session.ts'
import type {Node, TypedShape, Value} from './value.ts'

export interface Checker {
  /**
   * Compares the kinds of nodes that were not checked before.
   *
   * @throws Fault 'failed' if the device lacks a kernel or its result differs from the CPU's
   */
  check(nodes: readonly Node[]): Promise<void>
}

/** Computes the outputs of a sample, in order. */
export type RunSample = (sample: Sample) => Promise<readonly Numbers[]>

/** Opens a checker that compares each kernel on `device` with the CPU's once, on the smallest of its nodes. */
export function openChecker(device: Device, runSample: RunSample = sampleRunner(device)): Checker {
  const checked = new Set<string>()
  return {
    async check(nodes) {
      const kinds = [...representatives(nodes)].filter(([kind]) => !checked.has(kind))
      const samples = kinds.map(([, node], i) => sampleOf(node, i))
      if (samples.length === 0) return
      const merged = mergeSamples(samples)
      const [ours, theirs] = [
        await runSample(merged).catch(error => explainRefusal(error, {device, runSample, samples})),
        await sampleRunner('cpu')(merged),
      ]
      for (const [i, {description}] of merged.of.entries()) {
        const error = difference(ours[i], theirs[i])
        if (error <= TOLERANCE) continue
        throw new Fault(
          'failed',
          `device ${device} computes ${description} wrongly: relative error ${error.toPrecision(2)}; ` +
            'update its driver, or choose device: cpu',
        )
      }
      for (const [kind] of kinds) checked.add(kind)
    },
  }
}

/** The largest relative difference between two correct results; GPUs differ in how they round exp and erf. */
const TOLERANCE = 1e-4

type NodeValue = Extract<Value, {kind: 'node'}>

type Numbers = ArrayLike<number> | BigInt64Array

/** Nodes with inputs of their own, and data for them. */
export interface Sample {
  readonly nodes: readonly Node[]
  readonly inputs: readonly Value[]
  readonly feeds: Readonly<Record<string, Tensor>>
  /** Each output, and the op and operands that it comes from. */
  readonly of: readonly {readonly output: NodeValue; readonly description: string}[]
}

/** The smallest node of each kind; a kind is an op with its attributes, types and ranks. */
function representatives(nodes: readonly Node[]): Map<string, Node> {
  const smallest = new Map<string, Node>()
  const entries = ({inputs, outputs}: Node) => sum([...inputs, ...outputs].map(({shape}) => size(shape)))
  for (const node of nodes) {
    const kind = kindOf(node)
    const known = smallest.get(kind)
    if (!known || entries(node) < entries(known)) smallest.set(kind, node)
  }
  return smallest
}

function kindOf({op, attributes, inputs, outputs}: Node): string {
  const typed = ({dtype, shape}: Value) => `${dtype}${shape.length}`
  const reduced = op.startsWith('Reduce') && inputs[1]?.kind === 'constant' ? inputs[1].bytes : '' // its axes
  return [op, JSON.stringify(attributes), ...inputs.map(typed), ':', ...outputs.map(typed), reduced].join(' ')
}

function sampleOf(node: Node, index: number): Sample {
  const inputs = new Map<Value, Value>()
  const feeds: Record<string, Tensor> = {}
  const own = node.inputs.map((value, operand) => {
    if (value.kind === 'constant') return value
    const known = inputs.get(value)
    if (known) return known
    const {dtype} = value
    const shape = shrink(node, operand, value.shape)
    const input: Value = {kind: 'input', name: `in_${index}_${operand}`, dtype, shape}
    inputs.set(value, input)
    feeds[input.name] = tensor(input, node, operand)
    return input
  })
  const copy: Node = {...node, inputs: own, outputs: []}
  const outputs = node.outputs.map(({dtype, shape}, i): NodeValue => {
    const whole = node.op === 'ScatterND' ? shrink(node, 0, shape) : shape
    return {kind: 'node', name: `out_${index}_${i}`, dtype, shape: whole, node: copy}
  })
  copy.outputs = outputs
  const operands = own.map(({dtype, shape}) => `${dtype} [${shape}]`)
  const of = outputs.map(output => ({output, description: `${node.op} of ${operands.join(', ')}`}))
  return {nodes: [copy], inputs: [...inputs.values()], feeds, of}
}

/** Shrinks a table that is gathered from or scattered to, of which a few rows suffice. */
function shrink({op, attributes, inputs}: Node, operand: number, shape: readonly number[]): readonly number[] {
  if (inputs[1]?.kind === 'constant') return shape // constant indices: the number of rows is fixed
  const rows = operand === 0 && (op === 'ScatterND' || (op === 'Gather' && (attributes.axis ?? 0) === 0))
  return rows ? [Math.min(shape[0], ROWS), ...shape.slice(1)] : shape
}

const ROWS = 16

function tensor({dtype, shape}: TypedShape, node: Node, operand: number): Tensor {
  const {Tensor} = onnxruntime()
  const random = Array.from({length: size(shape)}, (_, i) => randomBits(i, operand))
  const dims = [...shape]
  if (dtype === 'float32') {
    const isPositive = POSITIVE.has(node.op)
    const value = (bits: number) => (0.25 + bits / 2 ** 24) * (isPositive || bits % 4 ? 1 : -1) // no sum is close to 0
    return new Tensor('float32', Float32Array.from(random, value), dims)
  }
  if (dtype === 'float16') {
    const value = (bits: number) => 0x3400 + (bits & 0x3ff) // 0.25 to 0.5
    return new Tensor('float16', Uint16Array.from(random, value), dims)
  }
  if (dtype === 'bool') {
    const value = (bits: number) => bits % 2
    return new Tensor('bool', Uint8Array.from(random, value), dims)
  }
  const integers = integersFor(node, operand, random)
  return dtype === 'int64'
    ? new Tensor('int64', BigInt64Array.from(integers, BigInt), dims)
    : new Tensor('int32', Int32Array.from(integers), dims)
}

/** 24 bits for entry i of an operand. */
const randomBits = (i: number, operand: number): number =>
  (Math.imul(i + 1 + 7919 * operand, 0x9e3779b1) ^ ((i + 1) << 7)) >>> 8

/** Rows of a table for indices, else small integers; every other one is large if the op must wrap around. */
function integersFor(node: Node, operand: number, random: readonly number[]): number[] {
  const {op, attributes, inputs} = node
  if (INDEXED.has(op) && operand === 1) {
    const rows = shrink(node, 0, inputs[0].shape)[Number(attributes.axis ?? 0)]
    return random.map(bits => bits % rows)
  }
  const wraps = WRAPS.has(op)
  return random.map((bits, i) => (wraps && i % 2 ? (bits << 8) | 0 : (bits % 7) - 3))
}

/** Ops that must wrap around on 32-bit overflow. */
const WRAPS = new Set(['Add', 'Mul', 'Sub'])
/** Ops that are defined for positive operands only. */
const POSITIVE = new Set(['Log', 'Sqrt'])
/** Ops whose second operand holds indices. */
const INDEXED = new Set(['Gather', 'ScatterND'])

const mergeSamples = (samples: readonly Sample[]): Sample => ({
  nodes: samples.flatMap(({nodes}) => nodes),
  inputs: samples.flatMap(({inputs}) => inputs),
  feeds: Object.assign({}, ...samples.map(({feeds}) => feeds)),
  of: samples.flatMap(({of}) => of),
})

/** Runs samples on a device. */
export function sampleRunner(device: Device): RunSample {
  return async ({nodes, inputs, feeds, of}) => {
    const model = buildModel(nodes, {inputs, outputs: of.map(({output}) => output)})
    const session = await openSession(model, {device, threads: 1})
    try {
      const results = await session.run(feeds)
      return of.map(({output}) => results[output.name].data as Numbers)
    } finally {
      await session.release()
    }
  }
}

/** Throws a fault that names the first sample that the device cannot run, or else the error itself. */
async function explainRefusal(
  error: unknown,
  {device, runSample, samples}: {device: Device; runSample: RunSample; samples: readonly Sample[]},
): Promise<never> {
  if (error instanceof Fault) throw error
  for (const sample of samples) {
    await runSample(sample).catch(cause => {
      const problem = lacksKernel(cause) ? 'has no kernel for' : 'cannot compute'
      throw new Fault('failed', `device ${device} ${problem} ${sample.of[0].description}; choose device: cpu`, {cause})
    })
  }
  throw error
}

/** max |ours − theirs| / max |theirs|; infinite if a value is NaN. */
function difference(ours: Numbers, theirs: Numbers): number {
  if (ours.length !== theirs.length) return Infinity
  let [largest, scale] = [0, 0]
  for (let i = 0; i < theirs.length; i++) {
    const [a, b] = [Number(ours[i]), Number(theirs[i])]
    if (Number.isNaN(a - b)) return Infinity
    largest = Math.max(largest, Math.abs(a - b))
    scale = Math.max(scale, Math.abs(b))
  }
  return largest === 0 ? 0 : largest / Math.max(scale, Number.MIN_VALUE)
}
