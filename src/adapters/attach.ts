import {mapValues} from '../base/collections.ts'
import type {Named} from '../engine/program.ts'
import {type Tensor, type Tensor1D, type Tensor2D, tf} from '../tensor/tf.ts'
import {EVALUATION, type ForwardOptions, prepareOne, type Trainables} from './adapter.ts'
import {type AdaptedModule, type AdapterPlan, fullNames, ownNames, tensorNames} from './plan.ts'

/**
 * The layers that stand in for x ↦ x Wᵀ + b at adapted paths. `tensors` holds W as `<path>.weight`, and the adapter's
 * tensors as `shared.<name>`, `<path>.frozen.<name>` and `<path>.trainable.<name>`, or `<path>.prepared.<name>` after
 * `prepareModules`.
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

/** Picks a module's tensors by the adapter's own names, with its weight as (out, in) and its trainables prepared. */
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
  mapValues(names, full => tensors[full])
