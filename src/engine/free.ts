// Sizes that a program learns only when it runs. While a step is traced a large number stands for each; what it wrote of
// them into the graph, as the shape of a reshape or the end of a slice, is put afterwards as relative to an operand.
import type {Graph, Node, Value} from './graph.ts'
import {type InputSpec, type Named, type Shape, type Spec, shapeAt} from './program.ts'

/** Above every size that a model has. Small multiples of a power of two, and their products, are exact as numbers. */
const LEAST = 2 ** 40

/** Whether a size of a traced shape is free, or made of one that is. */
export const isFree = (size: number) => size >= LEAST

/** What stands for each free size of these inputs. */
export function standIns(inputs: Named<InputSpec>): Record<string, number> {
  return Object.fromEntries([...namesOf(inputs)].map((name, i) => [name, (2 * i + 3) * LEAST]))
}

export const hasFree = (inputs: Named<InputSpec>) => namesOf(inputs).size > 0

/** The same inputs where all free sizes are small, as a sample. */
export function fixed(inputs: Named<InputSpec>): Record<string, Spec> {
  const sizes = Object.fromEntries([...namesOf(inputs)].map(name => [name, SAMPLE]))
  return Object.fromEntries(
    Object.entries(inputs).map(([name, spec]) => [name, {dtype: spec.dtype, shape: shapeAt(spec, sizes)}]),
  )
}

const SAMPLE = 4

const namesOf = (inputs: Named<InputSpec>) =>
  new Set(Object.values(inputs).flatMap(({shape}) => shape.filter(d => typeof d === 'string')))

/** The nodes, right for any value of the free sizes. Throws where one can't be. */
export function freed(g: Graph, nodes: readonly Node[]): readonly Node[] {
  return nodes.map(node => {
    const writes = node.inputs.some(input => input?.kind === 'constant' && writesFree(input))
    if (!writes) return node
    const inputs = RELATIVE[node.op]?.(g, node.inputs as Value[])
    if (!inputs) throw new Error(`${node.op} cannot take a size that is free: its operands are ${shapesOf(node)}`)
    return {...node, inputs}
  })
}

const writesFree = (constant: Constant) =>
  constant.shape.some(isFree) || (constant.dtype === 'int64' && numbersOf(constant).some(isFree))

type Constant = Extract<Value, {kind: 'constant'}>

/** The inputs that an op needs in place of those which write a free size. */
const RELATIVE: Readonly<Record<string, (g: Graph, inputs: readonly Value[]) => readonly Value[] | undefined>> = {
  Reshape(g, [x, shape]) {
    const relative = reshaped(x.shape, numbersOf(shape as Constant))
    return relative && [x, g.ints(relative)]
  },
  Slice(g, [x, starts, ends, axes]) {
    const along = numbersOf(axes as Constant)
    const fromEnd = (places: Value) =>
      numbersOf(places as Constant).map((place, i) => {
        if (!isFree(place)) return place
        const size = x.shape[along[i]] // as free, for a place is not beyond it
        return place === size ? Number.MAX_SAFE_INTEGER : place - size
      })
    return [x, g.ints(fromEnd(starts)), g.ints(fromEnd(ends)), axes]
  },
}

/** 0 stands for the operand's own size at that place, −1 for what is left over; only one may be left over. */
function reshaped(from: Shape, to: Shape): number[] | undefined {
  const relative = to.map((size, i) => (!isFree(size) ? size : size === from[i] ? 0 : -1))
  return relative.filter(size => size === -1).length > 1 ? undefined : relative
}

const numbersOf = ({bytes}: Constant) =>
  [...new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8)].map(Number)

const shapesOf = ({inputs}: Node) => inputs.map(input => `[${input?.shape ?? ''}]`).join(', ')
