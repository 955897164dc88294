import {mapValues} from '../base/collections.ts'
import {COMPOSITES} from '../tensor/fused.ts'
import {type KernelFunc, type Tensor, tf} from '../tensor/tf.ts'
import {
  ARRAYS,
  type CompileOptions,
  type Data,
  type DType,
  feedOf,
  float32Type,
  type Named,
  type Program,
  type Step,
  type Stored,
  shapeAt,
} from './program.ts'

export interface EagerOptions {
  /** The name of the TensorFlow.js backend that computes. */
  readonly backend: string
  readonly read: (stored: Stored) => Promise<Data>
}

/** Registers our own kernels with a TensorFlow.js backend, composed of its kernels. */
export function registerComposites(backend: string): void {
  for (const [kernelName, kernelFunc] of Object.entries(COMPOSITES)) {
    const tidy: KernelFunc = given => tf.tidy(() => kernelFunc(given) as Tensor) // intermediate results are freed
    tf.registerKernel({kernelName, backendName: backend, kernelFunc: tidy})
  }
}

/** Wraps a step as a program that a TensorFlow.js backend computes op by op at every run. */
export async function compileEagerly(
  step: Step,
  {inputs, weights}: CompileOptions,
  {backend, read}: EagerOptions,
): Promise<Program> {
  const frozen: Record<string, Tensor> = {}
  for (const [name, stored] of Object.entries(weights)) {
    const data = await read(stored)
    void tf.setBackend(backend) // synchronous, because both backends are registered
    frozen[name] = tensor(data, stored.shape)
  }

  return {
    async run(feeds: Named<Data>, sizes?: Named<number>) {
      void tf.setBackend(backend)
      return tf.tidy(() => {
        const given = Object.entries(inputs).map(([name, spec]) => [
          name,
          tensor(feedOf(feeds, name, spec), shapeAt(spec, sizes), float32Type(spec)),
        ])
        const results = step(Object.fromEntries(given), frozen)
        return mapValues(results, copy) as never
      })
    },
    async dispose() {
      for (const weight of Object.values(frozen)) weight.dispose()
    },
  }
}

function tensor(data: Data, shape: readonly number[], dtype?: DType): Tensor {
  const type = dtype ?? (data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool')
  return tf.tensor(data, [...shape], type)
}

/** A tensor's data in the array type of its dtype; after a cast TensorFlow.js may hold it in another. */
const copy = (tensor: Tensor): Data => new ARRAYS[tensor.dtype as DType](tensor.dataSync())
