import type {Data, Engine, Named, Shape, Spec, Stored} from '../engine/program.ts'
import {type Tensor1D, tf} from '../tensor/tf.ts'
import {readTensor, type Writable} from '../weights/safetensors.ts'
import {operands} from './attach.ts'
import {type AdaptedModule, type AdapterPlan, tensorNames} from './plan.ts'

export interface MergeOptions {
  readonly engine: Engine
  readonly plan: AdapterPlan
  /** Reads a tensor by its full name: a weight, a bias, or a tensor of the adapter. */
  readonly read: (name: string) => Promise<{readonly data: Data; readonly shape: readonly number[]}>
}

/** A tensor that merging changes, in the form of the checkpoint. */
export interface MergedTensor {
  /** Its name in the checkpoint. */
  readonly name: string
  readonly shape: Shape
  /** Computes its values. */
  readonly data: () => Promise<Float32Array>
}

/** A trained model: its engine, its tensors and those of its adapters. */
export interface TrainedTensors {
  readonly engine: Engine
  readonly plan: AdapterPlan
  /** The model's tensors before training, by their names in the checkpoint. */
  readonly tensors: Named<Stored>
  /** The adapters' frozen and shared tensors, and every trainable, by the plan's names. */
  readonly trained: Named<Stored>
}

/** Every tensor that training changed, by its name in the checkpoint; each is computed when its data are read. */
export function changedTensors({engine, plan, tensors, trained}: TrainedTensors): Record<string, Writable> {
  const read = async (name: string) => {
    const stored = trained[name] ?? tensors[name]
    return {data: await readTensor(stored), shape: stored.shape}
  }
  const whole = plan.whole.map(name => ({name, shape: plan.trainable[name], data: () => readTensor(trained[name])}))
  const changed = [...whole, ...mergeModules({engine, plan, read})]
  return Object.fromEntries(changed.map(({name, shape, data}) => [name, {dtype: 'float32', shape, data}]))
}

/**
 * Lists the weight of each adapted module, and its bias where the adapter changes it. Each is merged when its data are
 * read: they need not fit into memory together.
 */
export function mergeModules(options: MergeOptions): readonly MergedTensor[] {
  return options.plan.modules.flatMap(module => {
    const {path, weight, transposed, bias} = module
    const shape = transposed ? weight.toReversed() : weight
    const merged = {name: `${path}.weight`, shape, data: () => merge(module, 'weight', options)}
    if (!bias) return [merged]
    return [merged, {name: `${path}.bias`, shape: bias, data: () => merge(module, 'bias', options)}]
  })
}

async function merge(
  module: AdaptedModule,
  kind: 'weight' | 'bias',
  {engine, plan, read}: MergeOptions,
): Promise<Float32Array> {
  const {path, transposed, adapter} = module
  const names = Object.values(tensorNames(plan, module))
  const inputs: Record<string, Spec> = {}
  const feeds: Record<string, Data> = {}
  for (const name of kind === 'bias' ? [...names, `${path}.bias`] : names) {
    const {data, shape} = await read(name)
    inputs[name] = {dtype: data instanceof Int32Array ? 'int32' : 'float32', shape}
    feeds[name] = data
  }
  const program = await engine.compile(
    tensors => {
      const at = operands(plan, module, tensors)
      if (kind === 'weight') return {merged: transposed ? tf.transpose(adapter.merge(at)) : adapter.merge(at)}
      const bias = tensors[`${path}.bias`] as Tensor1D
      return {merged: adapter.adaptBias?.(bias, at) ?? bias}
    },
    {inputs, weights: {}},
  )
  try {
    return (await program.run(feeds)).merged as Float32Array
  } finally {
    await program.dispose()
  }
}
