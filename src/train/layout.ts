import {Fault} from '../base/fault.ts'
import {type Named, type Shape, size} from '../engine/program.ts'

export interface Trainable {
  readonly name: string
  readonly shape: Shape
  /** Trainables of one group share a learning rate, such as `head`. */
  readonly group?: string
}

/** A trainable's place in the flat vector: `from` to before `to`. */
export interface LayoutSlot extends Trainable {
  readonly from: number
  readonly to: number
}

export interface Layout {
  readonly slots: readonly LayoutSlot[]
  /** The length of the flat vector: the number of trainable parameters. */
  readonly size: number
  /** One flat vector from each trainable's numbers, in C order. */
  pack(named: Named<Float32Array>): Float32Array
  /** Each trainable's numbers: views of `theta`, not copies. */
  unpack(theta: Float32Array): Record<string, Float32Array>
}

/** The flat vector in which all trainables stand one after another, in the order given. Throws where a name comes twice. */
export function layout(trainables: readonly Trainable[]): Layout {
  let end = 0
  const slots = trainables.map(trainable => {
    const from = end
    end += size(trainable.shape)
    return {...trainable, from, to: end}
  })
  const names = new Set(slots.map(slot => slot.name))
  if (names.size < slots.length) {
    const twice = slots.find((slot, i) => slots.findIndex(other => other.name === slot.name) < i)
    throw new Fault('failed', `two trainable tensors have the same name: ${twice?.name}`)
  }

  return {
    slots,
    size: end,
    pack(named) {
      const stranger = Object.keys(named).find(name => !names.has(name))
      if (stranger !== undefined) throw new Fault('failed', `not a trainable of this run: ${stranger}`)
      const theta = new Float32Array(end)
      for (const {name, from, to} of slots) {
        const length = named[name]?.length
        if (length !== to - from)
          throw new Fault('failed', `${name}: ${to - from} values expected, got ${length ?? 'none'}`)
        theta.set(named[name], from)
      }
      return theta
    },
    unpack(theta) {
      if (theta.length !== end) throw new Fault('failed', `${end} trainable values expected, got ${theta.length}`)
      return Object.fromEntries(slots.map(({name, from, to}) => [name, theta.subarray(from, to)]))
    },
  }
}

/** The layout as stretches of one group each, as long as they can be. */
export function stretches({slots}: Pick<Layout, 'slots'>): {from: number; to: number; group: string | undefined}[] {
  const found: {from: number; to: number; group: string | undefined}[] = []
  for (const {from, to, group} of slots) {
    const last = found.at(-1)
    if (last !== undefined && last.group === group) last.to = to
    else found.push({from, to, group})
  }
  return found
}
