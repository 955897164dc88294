import {mapValues, sum} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {type Named, type Shape, type Spec, size} from '../engine/program.ts'
import {type CheckpointLayout, modulePath} from '../weights/names.ts'
import type {Adapter, WeightShape} from './adapter.ts'
import {isTarget, type Match, unmatched} from './targets.ts'

/** One weight with an adapter on it. */
export interface AdaptedModule {
  readonly path: string
  readonly weight: WeightShape
  /** Whether the checkpoint stores the weight as (in, out). */
  readonly transposed: boolean
  readonly adapter: Adapter
  /** The layer's bias, where the adapter changes it. */
  readonly bias?: Shape
  /** The adapter's tensors at the module, by the adapter's own names. */
  readonly frozen: Named<Spec>
  readonly trainable: Named<Spec>
  /** The number of trainable parameters, without a bias. */
  readonly count: number
}

/** The trainable part of a model: adapters on modules, and whole tensors of the checkpoint. */
export interface AdapterPlan {
  readonly adapter: Adapter | undefined
  readonly modules: readonly AdaptedModule[]
  /** Frozen tensors of the adapter that all modules read, each once, as `shared.<name>`. */
  readonly shared: Named<Shape>
  /** Frozen tensors of the adapters at modules, as `<path>.frozen.<name>`. */
  readonly frozen: Named<Spec>
  /** Tensors of the checkpoint that train as they are, the modules' own biases among them. */
  readonly whole: readonly string[]
  /** Every trainable tensor: `<path>.trainable.<name>` of an adapter, or the name of one that trains whole. */
  readonly trainable: Named<Shape>
  /** The number of trainable parameters. */
  readonly count: number
}

export interface AdapterPlanOptions {
  readonly adapter?: Adapter | undefined
  /** The end of a module's path, cut at its dots, like `q_proj`, `self_attn.q_proj`; or, by `match`, any part of it. */
  readonly targets?: readonly string[]
  readonly match?: Match
  /** Names of checkpoint tensors that train as they are. */
  readonly whole?: readonly string[]
}

/** The facts about a model's tensors that a plan follows from. */
export type PlannedLayout = Pick<CheckpointLayout, 'shapes' | 'transposed'>

/** Plans which tensors train, from the names and shapes of a model's tensors alone. */
export function plan(
  model: PlannedLayout,
  {adapter, targets = [], match = 'suffix', whole = []}: AdapterPlanOptions,
): AdapterPlan {
  const {shapes} = model
  const weights = Object.keys(shapes).filter(name => name.endsWith('.weight') && shapes[name].length === 2)
  const paths = weights.map(name => name.slice(0, -'.weight'.length))
  const index = targets.findIndex(target => !paths.some(path => isTarget(path, [target], match)))
  if (index >= 0) throw unmatched(targets, index, {paths, match})
  const modules = adapter
    ? paths.filter(path => isTarget(path, targets, match)).map(path => moduleAt(path, adapter, model))
    : []

  const biases = adapter?.trainsBias ? modules.map(({path}) => `${path}.bias`).filter(name => name in shapes) : []
  const all = [...new Set([...biases, ...whole])]
  const trainable: Record<string, Shape> = {}
  for (const module of modules) {
    const named = fullNames(module, 'trainable', module.trainable)
    for (const [name, {shape}] of Object.entries(named)) trainable[name] = shape
  }
  for (const name of all) trainable[name] = shapes[name]
  return {
    adapter,
    modules,
    shared: sharedShapes(adapter, modules),
    frozen: Object.assign({}, ...modules.map(module => fullNames(module, 'frozen', module.frozen))),
    whole: all,
    trainable,
    count: sum(Object.values(trainable).map(size)),
  }
}

function sharedShapes(adapter: Adapter | undefined, modules: readonly AdaptedModule[]): Named<Shape> {
  if (!adapter?.shared || modules.length === 0) return {}
  const shapes = adapter.shared.shapes(modules.map(({weight}) => weight))
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`shared.${name}`, shape]))
}

/** Lists the names of all tensors of the modules whose paths end in one of `heads`. */
export function headTensors(shapes: Named<Shape>, heads: readonly string[]): string[] {
  return Object.keys(shapes).filter(name => isTarget(modulePath(name), heads))
}

function moduleAt(path: string, method: Adapter, {shapes, transposed: ends = []}: PlannedLayout): AdaptedModule {
  const [rows, columns] = shapes[`${path}.weight`]
  const transposed = isTarget(path, ends)
  const [out, into] = transposed ? [columns, rows] : [rows, columns]
  const adapter = method.at?.(path) ?? method
  const bias = adapter.adaptBias && shapes[`${path}.bias`]
  try {
    const {frozen, trainable} = adapter.shapes([out, into])
    const count = sum(Object.values<Spec>(trainable).map(({shape}) => size(shape)))
    return {path, weight: [out, into], transposed, adapter, bias, frozen, trainable, count}
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new Fault(error.kind, `${path}: ${error.message}`, {cause: error, at: error.at})
  }
}

/** The full names of all tensors of a module, those of its adapter by the adapter's own names. */
export function tensorNames({shared}: AdapterPlan, module: AdaptedModule): Record<string, string> {
  const sharedNames = Object.keys(shared).map(name => [name.slice('shared.'.length), name])
  return {
    weight: `${module.path}.weight`,
    ...Object.fromEntries(sharedNames),
    ...ownNames(module, 'frozen'),
    ...ownNames(module, 'trainable'),
  }
}

/** The full names of an adapter's tensors at a module, by the adapter's own names. */
export const ownNames = (module: AdaptedModule, group: TensorGroup): Record<string, string> =>
  mapValues(module[group === 'prepared' ? 'trainable' : group], (_, name) => fullName(module, group, name))

/** Renames values from an adapter's own names at a module to full names. */
export const fullNames = <T>(module: AdaptedModule, group: TensorGroup, named: Named<T>): Record<string, T> =>
  Object.fromEntries(Object.entries(named).map(([name, value]) => [fullName(module, group, name), value]))

type TensorGroup = 'frozen' | 'trainable' | 'prepared'

const fullName = ({path, adapter: {fileNames = {}}}: AdaptedModule, group: TensorGroup, name: string) =>
  `${path}.${group}.${fileNames[name] ?? name}`

/** Splits the full name of an adapter's tensor into its module's path and its name in files; undefined for other tensors. */
export function parseFullName(full: string): {readonly path: string; readonly name: string} | undefined {
  const [, path, name] = /^(.+)\.(?:frozen|trainable)\.([^.]+)$/.exec(full) ?? []
  return path === undefined ? undefined : {path, name}
}
