import {mapValues} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {type Named, type Shape, type Stored, size} from '../engine/program.ts'

/** A trainable's range in the flat vector: `from` to before `to`. */
export interface LayoutSlot {
  readonly name: string
  readonly shape: Shape
  readonly from: number
  readonly to: number
  /** Trainables of one group share a learning rate, such as `head`. */
  readonly group?: string | undefined
}

export interface Layout {
  readonly slots: readonly LayoutSlot[]
  /** The length of the flat vector: the number of trainable parameters. */
  readonly size: number
  /** Concatenates the values of all trainables, each in C order. */
  pack(named: Named<Float32Array>): Float32Array
  /** The values of each trainable, as views of `theta`. */
  unpack(theta: Float32Array): Record<string, Float32Array>
  /** The trainables as tensors, whose data are views of `theta`. */
  tensors(theta: Float32Array): Record<string, Stored>
}

/** Lays out trainables of these shapes one after another in a flat vector, in the order given. */
export function layout(shapes: Named<Shape>, groupOf?: (name: string) => string | undefined): Layout {
  let end = 0
  const slots = Object.entries(shapes).map(([name, shape]): LayoutSlot => {
    const from = end
    end += size(shape)
    return {name, shape, from, to: end, group: groupOf?.(name)}
  })

  const unpack = (theta: Float32Array) => {
    if (theta.length !== end) throw new Fault('failed', `the flat vector needs ${end} values, got ${theta.length}`)
    return Object.fromEntries(slots.map(({name, from, to}) => [name, theta.subarray(from, to)]))
  }
  return {
    slots,
    size: end,
    pack(named) {
      const unknown = Object.keys(named).find(name => !Object.hasOwn(shapes, name))
      if (unknown !== undefined) throw new Fault('failed', `${unknown} is not a trainable of this run`)
      const theta = new Float32Array(end)
      for (const {name, from, to} of slots) {
        const length = named[name]?.length
        if (length !== to - from)
          throw new Fault('failed', `trainable ${name} needs ${to - from} values, got ${length ?? 'none'}`)
        theta.set(named[name], from)
      }
      return theta
    },
    unpack,
    tensors(theta) {
      const stored = (name: string, data: Float32Array): Stored => ({dtype: 'float32', shape: shapes[name], at: {data}})
      return mapValues(unpack(theta), (data, name) => stored(name, data))
    },
  }
}

interface GroupRange {
  readonly from: number
  to: number
  readonly group: string | undefined
}

/** The maximal ranges of the flat vector that belong to one group. */
export function groupRanges({slots}: Pick<Layout, 'slots'>): GroupRange[] {
  const ranges: GroupRange[] = []
  for (const {from, to, group} of slots) {
    const last = ranges.at(-1)
    if (last && last.group === group) last.to = to
    else ranges.push({from, to, group})
  }
  return ranges
}
