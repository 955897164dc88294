import {sum} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {nearest} from '../base/text/nearest.ts'
import {type Named, type Shape, type Spec, size} from '../engine/program.ts'
import {type Tensor, type Tensor1D, type Tensor2D, tf} from '../tensor/tf.ts'
import type {CheckpointLayout} from '../weights/names.ts'
import {
  type Adapter,
  EVALUATION,
  type ForwardOptions,
  prepareOne,
  type Trainables,
  type WeightShape,
} from './adapter.ts'

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
  const pathOf = (name: string) => name.slice(0, name.lastIndexOf('.'))
  return Object.keys(shapes).filter(name => heads.some(head => HITS.suffix(pathOf(name), head)))
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

function unmatched(
  targets: readonly string[],
  index: number,
  {paths, match}: {readonly paths: readonly string[]; readonly match: Match},
): Fault {
  const target = targets[index]
  const last = (path: string) => path.slice(path.lastIndexOf('.') + 1)
  const ends = shortestEnds(paths)
  const near = nearest(last(target), ends.map(last))
  const meant = ends.find(end => last(end) === near)
  const advice = `${meant ? `did you mean ${meant}? ` : ''}modules end in ${ends.join(', ')}`
  return new Fault(
    'recipe',
    `adapter.targets: no module path ${match === 'suffix' ? 'ends in' : 'contains'} ${target}; ${advice}`,
    {at: ['adapter', 'targets', index]},
  )
}

/** The shortest ends of the paths of the blocks' modules that name no other modules, each once. */
function shortestEnds(paths: readonly string[]): readonly string[] {
  const whole = [...new Set(paths.filter(isInBlock).map(path => path.replace(/^.*\.\d+\./, '')))]
  const others = paths.filter(path => !isInBlock(path))
  return whole.map(own => {
    const parts = own.split('.')
    const ends = parts.map((_, i) => parts.slice(i).join('.')).toReversed()
    const isUnique = (end: string) => [...whole, ...others].every(path => path === own || !HITS.suffix(path, end))
    return ends.find(isUnique) ?? own
  })
}

/** Whether a module is in one of the model's blocks, which have numbers; its embeddings and head are not. */
export const isInBlock = (path: string): boolean => /\.\d+\./.test(path)

const HITS: Readonly<Record<Match, (path: string, target: string) => boolean>> = {
  suffix: (path, target) => path === target || path.endsWith(`.${target}`),
  substring: (path, target) => path.includes(target),
}

/** Whether one of these targets names the module at `path`. */
export const isTarget = (path: string, targets: readonly string[], match: Match = 'suffix'): boolean =>
  targets.some(target => HITS[match](path, target))

/**
 * The layers that stand in for x ↦ x Wᵀ + b at adapted paths. `tensors` holds W as `<path>.weight`, and the adapter's
 * tensors as `shared.<name>`, `<path>.frozen.<name>` and `<path>.trainable.<name>`, or `<path>.prepared.<name>` after `prepareModules`.
 */
export function attached(plan: AdapterPlan, pass: (path: string, rows: number) => ForwardOptions = () => EVALUATION) {
  const byPath = new Map(plan.modules.map(module => [module.path, module]))
  return (path: string, tensors: Named<Tensor>) => {
    const module = byPath.get(path)
    if (!module) return undefined
    const {adapter} = module
    const at = operands(plan, module, tensors)
    return {
      project: (x: Tensor2D) => adapter.forward(x, at, pass(path, x.shape[0])),
      bias: (b: Tensor1D) => adapter.adaptBias?.(b, at) ?? b,
    }
  }
}

/**
 * Returns `trainables`, by full names, with those of each adapter that has `prepare` replaced by what it computes, as
 * `<path>.prepared.<name>`. All modules of one adapter are prepared together, which makes the graph of a step smaller.
 */
export function prepareModules({modules}: AdapterPlan, trainables: Named<Tensor>): Record<string, Tensor> {
  const tensors = {...trainables}
  for (const adapter of new Set(modules.map(({adapter}) => adapter))) {
    if (!adapter.prepare) continue
    const own = modules.filter(module => module.adapter === adapter)
    const names = own.map(module => ownNames(module, 'trainable'))
    const prepared = adapter.prepare(names.map(named => pick(named, tensors)))
    for (const [i, module] of own.entries()) {
      for (const name of Object.values(names[i])) delete tensors[name]
      Object.assign(tensors, fullNames(module, 'prepared', prepared[i]))
    }
  }
  return tensors
}

/** Picks a module's tensors from `tensors`, by the adapter's own names, with its weight as (out, in) and its trainables prepared. */
export function operands(plan: AdapterPlan, module: AdaptedModule, tensors: Named<Tensor>): Record<string, Tensor> {
  const {weight, ...rest} = {...pick(tensorNames(plan, module), tensors), ...preparedTrainables(module, tensors)}
  if (!module.transposed) return {weight, ...rest}
  return {
    ...rest,
    get weight() {
      return tf.transpose(weight)
    },
  }
}

function preparedTrainables(module: AdaptedModule, tensors: Named<Tensor>): Trainables {
  const prepared = ownNames(module, 'prepared')
  const isPrepared = Object.values(prepared).some(name => name in tensors)
  if (isPrepared) return pick(prepared, tensors)
  return prepareOne(module.adapter, pick(ownNames(module, 'trainable'), tensors))
}

const pick = (names: Named<string>, tensors: Named<Tensor>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(names).map(([name, full]) => [name, tensors[full]]))

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
const ownNames = (module: AdaptedModule, group: TensorGroup): Record<string, string> =>
  Object.fromEntries(
    Object.keys(module[group === 'prepared' ? 'trainable' : group]).map(name => [name, fullName(module, group, name)]),
  )

/** Renames values from an adapter's own names at a module to full names. */
export const fullNames = <T>(module: AdaptedModule, group: TensorGroup, named: Named<T>): Record<string, T> =>
  Object.fromEntries(Object.entries(named).map(([name, value]) => [fullName(module, group, name), value]))

type TensorGroup = 'frozen' | 'trainable' | 'prepared'

const fullName = ({path, adapter: {fileNames = {}}}: AdaptedModule, group: TensorGroup, name: string) =>
  `${path}.${group}.${fileNames[name] ?? name}`
