import type {ForwardOptions} from '../adapters/adapter.ts'
import {drawVectors, vectorSpecs} from '../adapters/dropout.ts'
import type {AdapterPlan} from '../adapters/plan.ts'
import {withPrefix} from '../base/collections.ts'
import type {Data, Named, Spec} from '../engine/program.ts'
import type {DropoutSite} from '../models/layers/scope.ts'
import type {Model} from '../models/model.ts'
import {dropout} from '../tensor/dropout.ts'
import type {Random} from '../tensor/random.ts'
import {type Tensor, tf} from '../tensor/tf.ts'

/** The dropout of a step: random vectors drawn outside the program from one seed, and fed to it. */
export interface StepDropout {
  readonly inputs: Named<Spec>
  draw(random: Random): Record<string, Data>
  /** The dropout of the adapter at `path` for an input of `rows` rows. */
  forAdapter(inputs: Named<Tensor>, path: string, rows: number): ForwardOptions
  /** The model's own dropout at `path`, if it has any. */
  forModel(inputs: Named<Tensor>, path: string): ((x: Tensor) => Tensor) | undefined
}

interface DropoutOptions {
  readonly model: Model
  readonly plan: AdapterPlan
  /** The dropout rate of the adapter. */
  readonly rate: number
  /** Whether the model's own dropout is applied, at the rates of its config. */
  readonly own: boolean
}

/** Plans the dropout of a step for micro-batches of B rows × T tokens. */
export function planDropout({model, plan, rate, own}: DropoutOptions, [B, T]: readonly [number, number]): StepDropout {
  const adapter = rate > 0 ? plan.adapter?.dropout : undefined
  const sites: Named<DropoutSite> = own ? model.drops(B, T) : {}
  const rowCounts = model.task === 'causal-lm' ? [B * T] : [...new Set(model.rows(B, T))]
  // a module may read inputs of several row counts, and has vectors for each
  const modules = plan.modules.flatMap(({path, weight}) =>
    rowCounts.map(rows => ({name: adapterName(path, rows), weight, rows})),
  )

  return {
    inputs: Object.fromEntries([
      ...modules.flatMap(({name, weight, rows}) => prefixed(name, adapter?.specs(weight, rows))),
      ...Object.entries(sites).flatMap(([path, {shape}]) => prefixed(path, vectorSpecs(...shape))),
    ]),
    draw: random =>
      Object.fromEntries([
        ...modules.flatMap(({name, weight, rows}) =>
          prefixed(name, adapter?.draw(weight, {rows, rate, random: random.fork(name)})),
        ),
        ...Object.entries(sites).flatMap(([path, {shape}]) => prefixed(path, drawVectors(...shape, random.fork(path)))),
      ]),
    forAdapter: (inputs, path, rows) => ({
      rate: adapter ? rate : 0,
      drawn: withPrefix(inputs, `${adapterName(path, rows)}.`),
    }),
    forModel(inputs, path) {
      const site = sites[path]
      if (!site) return undefined
      const {rows, columns} = withPrefix(inputs, `${path}.`)
      return x => {
        const flat = tf.reshape(x, [...site.shape])
        return tf.reshape(dropout(flat, {rate: site.rate, rows, columns}), x.shape)
      }
    },
  }
}

const adapterName = (path: string, rows: number) => `${path}.${rows}`

const prefixed = <T>(prefix: string, entries: Named<T> = {}) =>
  Object.entries(entries).map(([name, value]) => [`${prefix}.${name}`, value] as const)
