import {Fault, placed} from '../engine/fault.ts'
import {type Named, type Shape, size} from '../engine/program.ts'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import {nearest} from '../text/nearest.ts'
import type {Adapter, Pass} from './adapter.ts'

/** One weight with an adapter on it. */
export interface AdaptedModule {
  readonly path: string
  readonly weight: readonly [out: number, into: number]
  readonly frozen: Named<Shape>
  readonly trainable: Named<Shape>
}

/** What of a model trains: adapters on modules, and tensors of the checkpoint trained whole. */
export interface Plan {
  readonly adapter: Adapter | undefined
  readonly modules: readonly AdaptedModule[]
  readonly whole: readonly string[]
  /** Every trainable tensor: `<path>.trainable.<name>` for an adapter's, its own name for a whole one. */
  readonly trainable: Named<Shape>
  readonly count: number
}

export type Match = 'suffix' | 'substring'

export interface PlanOptions {
  readonly adapter?: Adapter | undefined
  /** The end of a module's path, cut at its dots, like `q_proj`, `self_attn.q_proj`; or, by `match`, any part of it. */
  readonly targets?: readonly string[]
  /** `suffix`, as PEFT matches targets, or `substring`, as the official code of SVFT does. */
  readonly match?: Match
  /** Names of checkpoint tensors that train as they are. */
  readonly whole?: readonly string[]
}

/** Decides what trains, from the names and shapes of a model's tensors alone. */
export function plan(shapes: Named<Shape>, {adapter, targets = [], match = 'suffix', whole = []}: PlanOptions): Plan {
  const weights = Object.keys(shapes).filter(name => name.endsWith('.weight') && shapes[name].length === 2)
  const paths = weights.map(name => name.slice(0, -'.weight'.length))
  const lost = targets.find(target => !paths.some(path => HITS[match](path, target)))
  if (lost !== undefined) throw unmatched(lost, {paths, match})
  const modules = adapter
    ? paths
        .filter(path => targets.some(target => HITS[match](path, target)))
        .map((path): AdaptedModule => {
          const weight = shapes[`${path}.weight`] as readonly [number, number]
          return {path, weight, ...shapesAt(path, adapter, weight)}
        })
    : []

  const trainable: Record<string, Shape> = {}
  for (const {path, trainable: named} of modules) {
    for (const [name, shape] of Object.entries(named)) trainable[`${path}.trainable.${name}`] = shape
  }
  for (const name of whole) trainable[name] = shapes[name]
  const count = Object.values(trainable).reduce((n, shape) => n + size(shape), 0)
  return {adapter, modules, whole, trainable, count}
}

function shapesAt(path: string, adapter: Adapter, weight: AdaptedModule['weight']): ReturnType<Adapter['shapes']> {
  try {
    return adapter.shapes(weight)
  } catch (error) {
    throw placed(path, error)
  }
}

function unmatched(target: string, {paths, match}: {paths: readonly string[]; match: Match}): Fault {
  const last = (path: string) => path.slice(path.lastIndexOf('.') + 1)
  const ends = [...new Set(paths.map(last))]
  const near = nearest(last(target), ends)
  const advice = `${near ? `did you mean ${near}? ` : ''}modules end in ${ends.join(', ')}`
  return new Fault(
    'recipe',
    `adapter.targets: no module of the model ${match === 'suffix' ? 'ends in' : 'has in its path'} ${target}; ${advice}`,
  )
}

const HITS: Readonly<Record<Match, (path: string, target: string) => boolean>> = {
  suffix: (path, target) => path === target || path.endsWith(`.${target}`),
  substring: (path, target) => path.includes(target),
}

/**
 * What stands in for x ↦ x Wᵀ at an adapted path. `tensors` holds W as `<path>.weight`, and the adapter's tensors as
 * `<path>.frozen.<name>` and `<path>.trainable.<name>`.
 */
export function attached({adapter, modules}: Plan, pass: (path: string) => Pass) {
  const byPath = new Map(modules.map(module => [module.path, module]))
  return (path: string, tensors: Named<Tensor>) => {
    const module = byPath.get(path)
    return adapter && module
      ? (x: Tensor2D) => adapter.forward(x, adapterTensors(module, tensors), pass(path))
      : undefined
  }
}

/** A module's tensors under the adapter's own names, and its weight. */
export function adapterTensors(
  {path, frozen, trainable}: AdaptedModule,
  tensors: Named<Tensor>,
): Record<string, Tensor> {
  const at: Record<string, Tensor> = {weight: tensors[`${path}.weight`]}
  for (const name of Object.keys(frozen)) at[name] = tensors[`${path}.frozen.${name}`]
  for (const name of Object.keys(trainable)) at[name] = tensors[`${path}.trainable.${name}`]
  return at
}
