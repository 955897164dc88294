// Sizes that a program learns only when it runs. A step is traced twice, with small numbers in their places and with large
// ones: what differs in the two graphs comes of them. The shape of a reshape and the ends of a slice are then written as
// relative to an operand, which is right for any size; where something else differs, no program could be.
import {isDeepStrictEqual} from 'node:util'
import type {Graph, Node, Value} from './graph.ts'
import type {InputSpec, Named, Shape} from './program.ts'

/** So far apart that a choice by size falls out differently; primes, so that no size of a model is made of them by chance. */
const SMALL = [5, 7, 11, 13]
const LARGE = [10_007, 20_011, 30_011, 40_009]

export const smallSizes = (inputs: Named<InputSpec>) => sizesOf(inputs, SMALL)
export const largeSizes = (inputs: Named<InputSpec>) => sizesOf(inputs, LARGE)

export const hasFree = (inputs: Named<InputSpec>) => namesOf(inputs).length > 0

function sizesOf(inputs: Named<InputSpec>, numbers: readonly number[]): Record<string, number> {
  const names = namesOf(inputs)
  if (names.length > numbers.length) throw new Error(`at most ${numbers.length} sizes may be free: ${names.join(', ')}`)
  return Object.fromEntries(names.map((name, i) => [name, numbers[i]]))
}

const namesOf = (inputs: Named<InputSpec>) => [
  ...new Set(Object.values(inputs).flatMap(({shape}) => shape.filter(d => typeof d === 'string'))),
]

/** The nodes, right for any value of the free sizes; `twins` are the same step's at others. Throws where one can't be. */
export function freed(g: Graph, nodes: readonly Node[], twins: readonly Node[]): readonly Node[] {
  if (nodes.length !== twins.length) throw new Error('a step with free sizes does other things where they are large')
  return nodes.map((node, i) => relative(g, node, twins[i]))
}

function relative(g: Graph, node: Node, twin: Node): Node {
  const what = `${node.op} of ${node.inputs.map(input => `[${input?.shape ?? ''}]`).join(', ')}`
  if (node.op !== twin.op || !isDeepStrictEqual(node.attributes, twin.attributes))
    throw new Error(`${what} is another node where free sizes are large`)
  const pairs = node.inputs.map((input, i) => ({input, other: twin.inputs[i]}))
  const differ = [...pairs.keys()].filter(i => isOtherConstant(pairs[i]))
  if (differ.length === 0) return node
  const inputs = differ.includes(0) ? undefined : RELATIVE[node.op]?.(g, pairs as Pair[])
  if (!inputs) throw new Error(`${what} cannot take a size that is free`)
  return {...node, inputs}
}

const isOtherConstant = ({input, other}: {readonly input?: Value | undefined; readonly other?: Value | undefined}) =>
  input?.kind === 'constant' && !(other?.kind === 'constant' && Buffer.compare(input.bytes, other.bytes) === 0)

/** An operand in both traces. */
interface Pair {
  readonly input: Value
  readonly other: Value
}

/** The inputs that an op needs in place of those which differ; undefined where there are none. */
const RELATIVE: Readonly<Record<string, (g: Graph, pairs: readonly Pair[]) => readonly Value[] | undefined>> = {
  Reshape(g, [x, shape]) {
    const sizes = reshaped(x, numbersOf(shape))
    return sizes && [x.input, g.ints(sizes)]
  },
  Slice(g, [x, starts, ends, axes]) {
    const along = numbersOf(axes).map(([axis]) => axis)
    const [from, to] = [starts, ends].map(places => fromEnd(numbersOf(places), x, along))
    return from && to && [x.input, g.ints(from), g.ints(to), axes.input]
  },
}

/** 0 stands for the operand's own size at that place, −1 for what is left over; only one may be left over. */
function reshaped({input, other}: Pair, sizes: readonly (readonly [number, number])[]): number[] | undefined {
  const whole = sizes.map(([small, large], i) => {
    if (small === large) return small
    return small === input.shape[i] && large === other.shape[i] ? 0 : -1
  })
  return whole.filter(size => size === -1).length > 1 ? undefined : whole
}

/** Places along axes, those that differ counted from the end; undefined where they are not as far from it both times. */
function fromEnd(
  places: readonly (readonly [number, number])[],
  {input, other}: Pair,
  along: readonly number[],
): number[] | undefined {
  const sizeOf = ({shape}: {readonly shape: Shape}, i: number) => shape[along[i]]
  if (places.some(([a, b], i) => a !== b && a - sizeOf(input, i) !== b - sizeOf(other, i))) return undefined
  return places.map(([a, b], i) => (a === b ? a : a - sizeOf(input, i) || END))
}

/** An end beyond all others. */
const END = Number.MAX_SAFE_INTEGER

const numbersOf = ({input, other}: Pair): (readonly [number, number])[] => {
  const [small, large] = [input, other].map(value => {
    const {bytes} = value as Extract<Value, {kind: 'constant'}>
    return [...new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8)].map(Number)
  })
  return small.map((number, i) => [number, large[i]])
}
