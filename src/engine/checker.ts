// Devices have been seen to answer wrong numbers without a word: what a program asks of one is tried beside the CPU
// before the program may run.

import {Fault} from '../base/fault.ts'
import type {Node, TypedShape, Value} from './graph.ts'
import {modelOf} from './onnx-model.ts'
import {Tensor} from './onnxruntime.ts'
import {type Device, size} from './program.ts'
import {lacksKernel, openSession} from './session.ts'

export interface Checker {
  /** Tries the kinds of nodes not met before. Fault: the device lacks a kernel, or answers otherwise than the CPU. */
  check(nodes: readonly Node[]): Promise<void>
}

/** Answers the outputs of a model, in order. */
export type ModelOutputs = (sample: Sample) => Promise<readonly Numbers[]>

/** Every kernel of a program on `device` is compared with the CPU's, once, on the smallest of its nodes. */
export function openChecker(device: Device, answer: ModelOutputs = answersOf(device)): Checker {
  const met = new Set<string>()
  return {
    async check(nodes) {
      const kinds = [...representatives(nodes)].filter(([kind]) => !met.has(kind))
      const samples = kinds.map(([, node], i) => sampleOf(node, i))
      if (samples.length === 0) return
      const whole = joined(samples)
      const [ours, theirs] = [
        await answer(whole).catch(error => refused(error, {device, answer, samples})),
        await answersOf('cpu')(whole),
      ]
      for (const [i, {what}] of whole.of.entries()) {
        const error = difference(ours[i], theirs[i])
        if (error <= TOLERANCE) continue
        throw new Fault(
          'failed',
          `device ${device} computes ${what} wrongly here: off by ${error.toPrecision(2)} of the largest number; ` +
            'update its driver, or choose device: cpu',
        )
      }
      for (const [kind] of kinds) met.add(kind)
    },
  }
}

/** The largest relative difference between two right results: GPUs round exp and erf as they like. */
const TOLERANCE = 1e-4

type Numbers = ArrayLike<number> | BigInt64Array

/** Nodes with inputs of their own, and the numbers for them. */
export interface Sample {
  readonly nodes: readonly Node[]
  readonly inputs: readonly Value[]
  readonly feeds: Readonly<Record<string, Tensor>>
  /** Each output, and of what op and operands it is. */
  readonly of: readonly {readonly output: Value; readonly what: string}[]
}

/** The smallest node of each kind: of one op, attributes, types and ranks. */
function representatives(nodes: readonly Node[]): Map<string, Node> {
  const smallest = new Map<string, Node>()
  const bytes = ({inputs, outputs}: Node) => [...inputs, ...outputs].reduce((n, x) => n + (x ? size(x.shape) : 0), 0)
  for (const node of nodes) {
    const kind = kindOf(node)
    const known = smallest.get(kind)
    if (!known || bytes(node) < bytes(known)) smallest.set(kind, node)
  }
  return smallest
}

function kindOf({op, attributes, inputs, outputs}: Node): string {
  const typed = (x: Value | undefined) => (x ? `${x.dtype}${x.shape.length}` : '')
  const reduced = op.startsWith('Reduce') && inputs[1]?.kind === 'constant' ? inputs[1].bytes : '' // its axes
  return [op, JSON.stringify(attributes), ...inputs.map(typed), ':', ...outputs.map(typed), reduced].join(' ')
}

function sampleOf(node: Node, index: number): Sample {
  const inputs = new Map<Value, Value>()
  const feeds: Record<string, Tensor> = {}
  const own = node.inputs.map((value, place) => {
    if (!value || value.kind === 'constant') return value
    const known = inputs.get(value)
    if (known) return known
    const {dtype} = value
    const shape = shrunk(node, place, value.shape)
    const input: Value = {kind: 'input', name: `in_${index}_${place}`, dtype, shape}
    inputs.set(value, input)
    feeds[input.name] = tensor(input, node, place)
    return input
  })
  const copy: Node = {...node, inputs: own, outputs: []}
  copy.outputs = node.outputs.map(({dtype, shape}, i) => {
    const whole = node.op === 'ScatterND' ? shrunk(node, 0, shape) : shape
    return {kind: 'node', name: `out_${index}_${i}`, dtype, shape: whole, node: copy}
  })
  const operands = own.flatMap(x => (x ? [`${x.dtype} [${x.shape}]`] : []))
  const of = copy.outputs.map(output => ({output, what: `${node.op} of ${operands.join(', ')}`}))
  return {nodes: [copy], inputs: [...inputs.values()], feeds, of}
}

/** A few rows stand for all of a table that is picked from or added to. */
function shrunk({op, attributes, inputs}: Node, place: number, shape: readonly number[]): readonly number[] {
  if (inputs[1]?.kind === 'constant') return shape // which say how many rows there are
  const rows = place === 0 && (op === 'ScatterND' || (op === 'Gather' && (attributes.axis ?? 0) === 0))
  return rows ? [Math.min(shape[0], ROWS), ...shape.slice(1)] : shape
}

const ROWS = 16

function tensor({dtype, shape}: TypedShape, node: Node, place: number): Tensor {
  const count = size(shape)
  const from = <T>(make: (i: number) => T): T[] => Array.from({length: count}, (_, i) => make(i))
  const bits = (i: number) => (Math.imul(i + 1 + 7919 * place, 0x9e3779b1) ^ ((i + 1) << 7)) >>> 8 // 24 of them
  if (dtype === 'float32') {
    const positive = POSITIVE.has(node.op)
    const value = (i: number) => (0.25 + bits(i) / 2 ** 24) * (positive || bits(i) % 4 ? 1 : -1) // no sum comes near 0
    return new Tensor('float32', Float32Array.from(from(value)), [...shape])
  }
  if (dtype === 'bool') return new Tensor('bool', Uint8Array.from(from(i => bits(i) % 2)), [...shape])
  if (dtype === 'float16')
    return new Tensor('float16', Uint16Array.from(from(i => 0x3400 + (bits(i) & 0x3ff))), [...shape])
  const rows =
    PICKS.has(node.op) && place === 1
      ? shrunk(node, 0, node.inputs[0]!.shape)[(node.attributes.axis ?? 0) as number]
      : 0
  const wraps = WRAPS.has(node.op)
  const whole = (i: number) => (rows ? bits(i) % rows : wraps && i % 2 ? (bits(i) << 8) | 0 : (bits(i) % 7) - 3)
  return dtype === 'int64'
    ? new Tensor('int64', BigInt64Array.from(from(i => BigInt(whole(i)))), [...shape])
    : new Tensor('int32', Int32Array.from(from(whole)), [...shape])
}

/** Ops that must wrap around where 32 bits overflow. */
const WRAPS = new Set(['Add', 'Mul', 'Sub'])
/** Ops of numbers above 0 only. */
const POSITIVE = new Set(['Log', 'Sqrt', 'Pow'])
/** Ops whose second operand says where. */
const PICKS = new Set(['Gather', 'ScatterND'])

const joined = (samples: readonly Sample[]): Sample => ({
  nodes: samples.flatMap(({nodes}) => nodes),
  inputs: samples.flatMap(({inputs}) => inputs),
  feeds: Object.assign({}, ...samples.map(({feeds}) => feeds)),
  of: samples.flatMap(({of}) => of),
})

/** Runs samples on a device. */
export function answersOf(device: Device): ModelOutputs {
  return async ({nodes, inputs, feeds, of}) => {
    const model = modelOf(nodes, {inputs, outputs: of.map(({output}) => output)})
    const session = await openSession(model, {device, threads: 1})
    try {
      const results = await session.run(feeds)
      return of.map(({output}) => results[(output as {name: string}).name].data as Numbers)
    } finally {
      await session.release()
    }
  }
}

/** Throws what was thrown, or where the device cannot take some sample, a fault that names it. */
async function refused(
  error: unknown,
  {device, answer, samples}: {device: Device; answer: ModelOutputs; samples: readonly Sample[]},
): Promise<never> {
  if (error instanceof Fault) throw error
  for (const sample of samples) {
    await answer(sample).catch(cause => {
      const says = lacksKernel(cause) ? 'has no kernel for' : 'cannot compute'
      throw new Fault('failed', `device ${device} ${says} ${sample.of[0].what}; choose device: cpu`, {cause})
    })
  }
  throw error
}

/** max |ours − theirs| / max(|theirs|); infinite where one is no number. */
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
