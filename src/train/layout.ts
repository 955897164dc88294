import {Fault} from '../base/fault.ts'
import {type Named, type Shape, size} from '../engine/program.ts'

export interface Trainable {
  readonly name: string
  readonly shape: Shape
  /** Trainables of one group share a learning rate, such as `head`. */
  readonly group?: string
}

/** A trainable's range in the flat vector: `from` to before `to`. */
export interface LayoutSlot extends Trainable {
  readonly from: number
  readonly to: number
}

export interface Layout {
  readonly slots: readonly LayoutSlot[]
  /** The length of the flat vector: the number of trainable parameters. */
  readonly size: number
  /** Concatenates the values of all trainables, each in C order. */
  pack(named: Named<Float32Array>): Float32Array
  /** The values of each trainable, as views of `theta`. */
  unpack(theta: Float32Array): Record<string, Float32Array>
}

/** Lays out the trainables one after another in a flat vector, in the order given. Throws if two have the same name. */
export function layout(trainables: readonly Trainable[]): Layout {
  let end = 0
  const slots = trainables.map(trainable => {
    const from = end
    end += size(trainable.shape)
    return {...trainable, from, to: end}
  })
  const names = slots.map(slot => slot.name)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw new Fault('failed', `trainable ${twice} is defined twice`)

  return {
    slots,
    size: end,
    pack(named) {
      const unknown = Object.keys(named).find(name => !names.includes(name))
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
    unpack(theta) {
      if (theta.length !== end) throw new Fault('failed', `the flat vector needs ${end} values, got ${theta.length}`)
      return Object.fromEntries(slots.map(({name, from, to}) => [name, theta.subarray(from, to)]))
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
