import type {Data, Engine, Spec} from '../engine/program.ts'
import type {Tensor, Tensor1D} from '../tensor/tf.ts'
import {type AdapterPlan, moduleTensors, tensorNames} from './plan.ts'

export interface MergeOptions {
  readonly engine: Engine
  readonly plan: AdapterPlan
  /** Reads a tensor by its full name: a weight, a bias, or a tensor of the adapter. */
  readonly read: (name: string) => Promise<{readonly data: Data; readonly shape: readonly number[]}>
}

/**
 * Merges each adapter into its weight, and into its bias where the adapter changes it, one module after the other: they
 * need not fit into memory together.
 */
export async function* mergeModules({engine, plan, read}: MergeOptions) {
  for (const module of plan.modules) {
    const {path, weight, adapter, bias} = module
    const names = Object.values(tensorNames(plan, module))
    const inputs: Record<string, Spec> = {}
    const feeds: Record<string, Data> = {}
    for (const name of bias ? [...names, `${path}.bias`] : names) {
      const {data, shape} = await read(name)
      inputs[name] = {dtype: data instanceof Int32Array ? 'int32' : 'float32', shape}
      feeds[name] = data
    }
    const program = await engine.compile(
      tensors => {
        const at = moduleTensors(plan, module, tensors)
        const merged: Record<string, Tensor> = {weight: adapter.merge(at)}
        if (bias && adapter.adaptBias) merged.bias = adapter.adaptBias(tensors[`${path}.bias`] as Tensor1D, at)
        return merged
      },
      {inputs, weights: {}},
    )
    const merged = await program.run(feeds)
    await program.dispose()
    yield {name: `${path}.weight`, shape: weight, data: merged.weight as Float32Array}
    if (bias) yield {name: `${path}.bias`, shape: bias, data: merged.bias as Float32Array}
  }
}
