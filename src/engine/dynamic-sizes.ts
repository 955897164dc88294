// Dynamic dimensions, whose sizes a program gets when it runs. A step is traced twice, at small sizes and at large ones, and
// the constants that differ between the two graphs depend on these sizes. The shape of a reshape and the ends of a slice are
// then rewritten relative to an operand, which is right for any size; any other difference is an error.
import {isDeepStrictEqual} from 'node:util'
import type {Graph} from './graph.ts'
import type {InputSpec, Named, Shape} from './program.ts'
import {intsOf, type Node, type Value} from './value.ts'

/** Far apart, so that a choice by size would differ between the two. */
const SMALL = [5, 7, 11, 13]
const LARGE = [10_007, 20_011, 30_011, 40_009]

export const smallSizes = (inputs: Named<InputSpec>) => sizesOf(inputs, SMALL)
export const largeSizes = (inputs: Named<InputSpec>) => sizesOf(inputs, LARGE)

export const isDynamic = ({shape}: InputSpec) => shape.some(d => typeof d === 'string')
export const hasDynamic = (inputs: Named<InputSpec>) => Object.values(inputs).some(isDynamic)

function sizesOf(inputs: Named<InputSpec>, numbers: readonly number[]): Record<string, number> {
  const names = namesOf(inputs)
  if (names.length > numbers.length)
    throw new Error(`at most ${numbers.length} dimensions may be dynamic: ${names.join(', ')}`)
  return Object.fromEntries(names.map((name, i) => [name, numbers[i]]))
}

const namesOf = (inputs: Named<InputSpec>) => [
  ...new Set(Object.values(inputs).flatMap(({shape}) => shape.filter(d => typeof d === 'string'))),
]

/** The nodes rewritten for any size; `larger` are those of the same step at larger sizes. Throws if a node cannot be. */
export function withDynamicShapes(g: Graph, nodes: readonly Node[], larger: readonly Node[]): readonly Node[] {
  if (nodes.length !== larger.length)
    throw new Error('a step with dynamic dimensions computes something else at large sizes')
  return nodes.map((node, i) => makeDynamic(g, node, larger[i]))
}

function makeDynamic(g: Graph, node: Node, larger: Node): Node {
  const what = `${node.op} of ${node.inputs.map(input => `[${input.shape}]`).join(', ')}`
  if (node.op !== larger.op || !isDeepStrictEqual(node.attributes, larger.attributes))
    throw new Error(`${what} is another node at large sizes`)
  const pairs = node.inputs.map((input, i) => ({input, other: larger.inputs[i]}))
  const differ = [...pairs.keys()].filter(i => isOtherConstant(pairs[i]))
  if (differ.length === 0) return node
  const inputs = differ.includes(0) ? undefined : RELATIVE[node.op]?.(g, pairs)
  if (!inputs) throw new Error(`${what} cannot have a dynamic dimension`)
  return {...node, inputs}
}

const isOtherConstant = ({input, other}: Pair) =>
  input.kind === 'constant' && !(other.kind === 'constant' && Buffer.compare(input.bytes, other.bytes) === 0)

/** One operand in both traces. */
interface Pair {
  readonly input: Value
  readonly other: Value
}

/** The inputs that replace those which differ, by op; undefined if none can. */
const RELATIVE: Readonly<Record<string, (g: Graph, pairs: readonly Pair[]) => readonly Value[] | undefined>> = {
  Reshape(g, [x, shape]) {
    const sizes = dynamicShape(x, valuesOf(shape))
    return sizes && [x.input, g.ints(sizes)]
  },
  Slice(g, [x, starts, ends, axes]) {
    const along = valuesOf(axes).map(([axis]) => axis)
    const [from, to] = [starts, ends].map(bounds => fromEnd(valuesOf(bounds), x, along))
    return from && to && [x.input, g.ints(from), g.ints(to), axes.input]
  },
}

/** 0 means the operand's size in that dimension, −1 the rest; only one dimension may be the rest. */
function dynamicShape({input, other}: Pair, sizes: readonly (readonly [number, number])[]): number[] | undefined {
  const whole = sizes.map(([small, large], i) => {
    if (small === large) return small
    return small === input.shape[i] && large === other.shape[i] ? 0 : -1
  })
  return whole.filter(size => size === -1).length > 1 ? undefined : whole
}

/** Bounds along axes, those that differ counted from the end; undefined if the distance from the end differs too. */
function fromEnd(
  bounds: readonly (readonly [number, number])[],
  {input, other}: Pair,
  along: readonly number[],
): number[] | undefined {
  const sizeOf = ({shape}: {readonly shape: Shape}, i: number) => shape[along[i]]
  if (bounds.some(([a, b], i) => a !== b && a - sizeOf(input, i) !== b - sizeOf(other, i))) return undefined
  return bounds.map(([a, b], i) => (a === b ? a : a - sizeOf(input, i) || END))
}

/** An end beyond every size. */
const END = Number.MAX_SAFE_INTEGER

const valuesOf = ({input, other}: Pair): (readonly [number, number])[] => {
  const [small, large] = [input, other].map(intsOf)
  return small.map((number, i) => [number, large[i]])
}
