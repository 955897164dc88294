import type {Dropout, ForwardOptions} from '../adapters/adapter.ts'
import type {AdapterPlan} from '../adapters/plan.ts'
import type {Data, Named, Spec} from '../engine/program.ts'
import type {DropoutSite} from '../models/classifier.ts'
import type {Model} from '../models/model.ts'
import {dropout, dropVector} from '../tensor/dropout.ts'
import type {Random} from '../tensor/random.ts'
import type {Tensor} from '../tensor/tf.ts'
import * as tf from '../tensor/tf.ts'

/** What a step drops: drawn outside the program from one number, fed to it, and found there again. */
export interface Drops {
  readonly inputs: Named<Spec>
  draw(random: Random): Record<string, Data>
  /** What an adapter at `path` is told when it meets `rows` rows. */
  pass(inputs: Named<Tensor>, path: string, rows: number): ForwardOptions
  /** How the model's own place at `path` drops, where it does. */
  place(inputs: Named<Tensor>, path: string): ((x: Tensor) => Tensor) | undefined
}

export interface DropOptions {
  readonly model: Model
  readonly plan: AdapterPlan
  /** The share of what the adapter's dropout drops at each module. */
  readonly rate: number
  /** Whether the model's own places drop, at the rates of its config. */
  readonly own: boolean
}

/** What is dropped in micro-batches of B rows × T tokens. */
export function dropsOf({model, plan, rate, own}: DropOptions, [B, T]: readonly [number, number]): Drops {
  const dropping = rate > 0 ? plan.adapter?.dropout : undefined
  const modules = dropping ? plan.modules : []
  const sorts = model.task === 'causal-lm' ? [B * T] : [...new Set(model.rows(B, T))]
  const places: Named<DropoutSite> = own && model.task !== 'causal-lm' ? model.drops(B, T) : {}

  const meetings = modules.flatMap(({path, weight}) =>
    sorts.map(rows => ({at: meeting(path, rows), path, weight, rows, dropping: dropping as Dropout})),
  )

  return {
    inputs: Object.fromEntries([
      ...meetings.flatMap(({at, weight, rows, dropping}) => prefixed(at, dropping.specs(weight, rows))),
      ...Object.entries(places).flatMap(([path, {shape}]) => prefixed(path, vectorsOf(shape))),
    ]),
    draw: random =>
      Object.fromEntries([
        ...meetings.flatMap(({at, weight, rows, dropping}) =>
          prefixed(at, dropping.draw(weight, {rows, rate, random: random.fork(at)})),
        ),
        ...Object.entries(places).flatMap(([path, {shape}]) => prefixed(path, drawVectors(shape, random.fork(path)))),
      ]),
    pass: (inputs, path, rows) => ({rate: dropping ? rate : 0, drawn: within(inputs, `${meeting(path, rows)}.`)}),
    place(inputs, path) {
      const found = places[path]
      if (!found) return undefined
      const {rows, columns} = within(inputs, `${path}.`)
      return x => {
        const flat = tf.reshape(x, [...found.shape])
        return tf.reshape(dropout(flat, {rate: found.rate, rows, columns}), x.shape)
      }
    },
  }
}

/** A module may read rows of several sorts, and drops of each what was drawn for it. */
const meeting = (path: string, rows: number) => `${path}.${rows}`

const vectorsOf = ([rows, columns]: DropoutSite['shape']): Named<Spec> => ({
  rows: {dtype: 'int32', shape: [rows]},
  columns: {dtype: 'int32', shape: [columns]},
})

const drawVectors = ([rows, columns]: DropoutSite['shape'], random: Random): Named<Data> => ({
  rows: dropVector(random.fork('rows'), rows),
  columns: dropVector(random.fork('columns'), columns),
})

const prefixed = <T>(prefix: string, all: Named<T>) =>
  Object.entries(all).map(([name, value]) => [`${prefix}.${name}`, value] as const)

/** Those whose names begin with `prefix`, by the rest of the name. */
function within<T>(all: Named<T>, prefix: string): Record<string, T> {
  const chosen = Object.entries(all).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(chosen.map(([name, value]) => [name.slice(prefix.length), value]))
}
