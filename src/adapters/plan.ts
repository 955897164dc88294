import {Fault} from '../base/fault.ts'
import {nearest} from '../base/nearest.ts'
import {type Named, type Shape, size} from '../engine/program.ts'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import {type Adapter, EVALUATION, type ForwardOptions, type WeightShape} from './adapter.ts'

/** One weight with an adapter on it. */
export interface AdaptedModule {
  readonly path: string
  readonly weight: WeightShape
  readonly frozen: Named<Shape>
  readonly trainable: Named<Shape>
}

/** What of a model trains: adapters on modules, and tensors of the checkpoint trained whole. */
export interface AdapterPlan {
  readonly adapter: Adapter | undefined
  readonly modules: readonly AdaptedModule[]
  /** Frozen tensors of the adapter that all modules read, each once, as `shared.<name>`. */
  readonly shared: Named<Shape>
  /** Tensors of the checkpoint that train as they are, the modules' own biases among them. */
  readonly whole: readonly string[]
  /** Every trainable tensor: `<path>.trainable.<name>` for an adapter's, its own name for a whole one. */
  readonly trainable: Named<Shape>
  readonly count: number
}

export type Match = 'suffix' | 'substring'

export interface AdapterPlanOptions {
  readonly adapter?: Adapter | undefined
  /** The end of a module's path, cut at its dots, like `q_proj`, `self_attn.q_proj`; or, by `match`, any part of it. */
  readonly targets?: readonly string[]
  /** `suffix`, as PEFT matches targets, or `substring`, as the official code of SVFT does. */
  readonly match?: Match
  /** Names of checkpoint tensors that train as they are. */
  readonly whole?: readonly string[]
}

/** Decides what trains, from the names and shapes of a model's tensors alone. */
export function plan(
  shapes: Named<Shape>,
  {adapter, targets = [], match = 'suffix', whole = []}: AdapterPlanOptions,
): AdapterPlan {
  const weights = Object.keys(shapes).filter(name => name.endsWith('.weight') && shapes[name].length === 2)
  const paths = weights.map(name => name.slice(0, -'.weight'.length))
  const lost = targets.findIndex(target => !paths.some(path => HITS[match](path, target)))
  if (lost >= 0) throw unmatched(targets, lost, {paths, match})
  const modules = adapter
    ? paths
        .filter(path => targets.some(target => HITS[match](path, target)))
        .map((path): AdaptedModule => {
          const weight = shapes[`${path}.weight`] as readonly [number, number]
          return {path, weight, ...shapesAt(path, adapter, weight)}
        })
    : []

  const biases = adapter?.trainsBias ? modules.map(({path}) => `${path}.bias`).filter(name => name in shapes) : []
  const all = [...new Set([...biases, ...whole])]
  const trainable: Record<string, Shape> = {}
  for (const {path, trainable: named} of modules) {
    for (const [name, shape] of Object.entries(named)) trainable[`${path}.trainable.${name}`] = shape
  }
  for (const name of all) trainable[name] = shapes[name]
  const count = Object.values(trainable).reduce((n, shape) => n + size(shape), 0)
  return {adapter, modules, shared: sharedShapes(adapter, modules), whole: all, trainable, count}
}

function sharedShapes(adapter: Adapter | undefined, modules: readonly AdaptedModule[]): Named<Shape> {
  if (!adapter?.shared || modules.length === 0) return {}
  const shapes = adapter.shared.shapes(modules.map(({weight}) => weight))
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`shared.${name}`, shape]))
}

/** The names of all tensors of the modules whose paths end in one of `heads`. */
export function headTensors(shapes: Named<Shape>, heads: readonly string[]): string[] {
  const pathOf = (name: string) => name.slice(0, name.lastIndexOf('.'))
  return Object.keys(shapes).filter(name => heads.some(head => HITS.suffix(pathOf(name), head)))
}

function shapesAt(path: string, adapter: Adapter, weight: AdaptedModule['weight']): ReturnType<Adapter['shapes']> {
  try {
    return adapter.shapes(weight)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new Fault(error.kind, `${path}: ${error.message}`, {cause: error, at: error.at})
  }
}

function unmatched(
  targets: readonly string[],
  lost: number,
  {paths, match}: {readonly paths: readonly string[]; readonly match: Match},
): Fault {
  const target = targets[lost]
  const last = (path: string) => path.slice(path.lastIndexOf('.') + 1)
  const ends = [...new Set(paths.map(last))]
  const near = nearest(last(target), ends)
  const advice = `${near ? `did you mean ${near}? ` : ''}modules end in ${ends.join(', ')}`
  return new Fault(
    'recipe',
    `adapter.targets: no module of the model ${match === 'suffix' ? 'ends in' : 'has in its path'} ${target}; ${advice}`,
    {at: ['adapter', 'targets', lost]},
  )
}

const HITS: Readonly<Record<Match, (path: string, target: string) => boolean>> = {
  suffix: (path, target) => path === target || path.endsWith(`.${target}`),
  substring: (path, target) => path.includes(target),
}

/**
 * What stands in for x ↦ x Wᵀ at an adapted path. `tensors` holds W as `<path>.weight`, and the adapter's tensors as
 * `shared.<name>`, `<path>.frozen.<name>` and `<path>.trainable.<name>`.
 */
export function attached(plan: AdapterPlan, pass: (path: string, rows: number) => ForwardOptions = () => EVALUATION) {
  const {adapter} = plan
  const byPath = new Map(plan.modules.map(module => [module.path, module]))
  return (path: string, tensors: Named<Tensor>) => {
    const module = byPath.get(path)
    return adapter && module
      ? (x: Tensor2D) => adapter.forward(x, adapterTensors(plan, module, tensors), pass(path, x.shape[0]))
      : undefined
  }
}

/** A module's tensors, among `tensors`, under the adapter's own names, and its weight. */
export function adapterTensors<T>(plan: AdapterPlan, module: AdaptedModule, tensors: Named<T>): Record<string, T> {
  return Object.fromEntries(Object.entries(tensorNames(plan, module)).map(([name, full]) => [name, tensors[full]]))
}

/** The full names of all that an adapter reads at a module, by its own names. */
export function tensorNames({shared}: AdapterPlan, {path, frozen, trainable}: AdaptedModule): Record<string, string> {
  return Object.fromEntries([
    ['weight', `${path}.weight`],
    ...Object.keys(shared).map(name => [name.slice('shared.'.length), name]),
    ...Object.keys(frozen).map(name => [name, `${path}.frozen.${name}`]),
    ...Object.keys(trainable).map(name => [name, `${path}.trainable.${name}`]),
  ])
}
