import type {Data, Engine, Spec} from '../engine/program.ts'
import {type AdapterPlan, adapterTensors, tensorNames} from './plan.ts'

export interface MergeOptions {
  readonly engine: Engine
  readonly plan: AdapterPlan
  /** The numbers of a tensor by its full name: a weight, or one of the adapter's. */
  readonly read: (name: string) => Promise<{readonly data: Data; readonly shape: readonly number[]}>
}

export interface MergedWeight {
  readonly name: string
  readonly shape: readonly [out: number, into: number]
  readonly data: Float32Array
}

/** Each adapted weight with its adapter folded in, one after the other: they need not fit into memory together. */
export async function* mergedWeights({engine, plan, read}: MergeOptions): AsyncGenerator<MergedWeight> {
  for (const module of plan.modules) {
    const {path, weight} = module
    const inputs: Record<string, Spec> = {}
    const feeds: Record<string, Data> = {}
    for (const name of Object.values(tensorNames(plan, module))) {
      const {data, shape} = await read(name)
      inputs[name] = {dtype: data instanceof Int32Array ? 'int32' : 'float32', shape}
      feeds[name] = data
    }
    const program = await engine.compile(
      tensors => ({merged: plan.adapter!.merge(adapterTensors(plan, module, tensors))}),
      {
        inputs,
        weights: {},
      },
    )
    const {merged} = await program.run(feeds)
    await program.dispose()
    yield {name: `${path}.weight`, shape: weight, data: merged as Float32Array}
  }
}
