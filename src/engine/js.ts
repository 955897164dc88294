import '@tensorflow/tfjs-backend-cpu'
import {COMPOSITES} from '../tensor/fused.ts'
import '../tensor/gradients.ts'
import * as tf from '../tensor/tf.ts'
import {
  type CompileOptions,
  type Data,
  type DType,
  type Engine,
  feedOf,
  type Named,
  type Program,
  type Step,
  type Stored,
} from './program.ts'

const NAME = 'cpu'

for (const [kernelName, kernelFunc] of Object.entries(COMPOSITES)) {
  tf.registerKernel({kernelName, backendName: NAME, kernelFunc})
}

/** The reference engine: TensorFlow.js' own backend in plain JavaScript, slow and obvious. */
export function openJs({read}: {read: (stored: Stored) => Promise<Data>}): Engine {
  return {name: 'js', device: 'cpu', threads: 1, compile: (step, options) => compile(step, options, read)}
}

async function compile(
  step: Step,
  {inputs, weights}: CompileOptions,
  read: (stored: Stored) => Promise<Data>,
): Promise<Program> {
  const numbers: Record<string, Data> = {}
  for (const [name, stored] of Object.entries(weights)) numbers[name] = await read(stored)

  return {
    async run(feeds: Named<Data>) {
      await tf.setBackend(NAME)
      quiet()
      return tf.tidy(() => {
        const given = Object.entries(inputs).map(([name, spec]) => [
          name,
          tensor(feedOf(feeds, name, spec), spec.shape, spec.dtype),
        ])
        const frozen = Object.entries(weights).map(([name, {shape}]) => [name, tensor(numbers[name], shape)])
        const results = step(Object.fromEntries(given), Object.fromEntries(frozen))
        return Object.fromEntries(Object.entries(results).map(([name, result]) => [name, copy(result)])) as never
      })
    },
    async dispose() {},
  }
}

function tensor(data: Data, shape: readonly number[], dtype?: 'float32' | 'int32' | 'bool'): tf.Tensor {
  const type = dtype ?? (data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool')
  return tf.tensor(data, [...shape], type)
}

/** A tensor's numbers in the array that its type asks for: a cast may have left them in that of another. */
const copy = (tensor: tf.Tensor): Data => new ARRAYS[tensor.dtype as DType](tensor.dataSync())

const ARRAYS = {float32: Float32Array, int32: Int32Array, bool: Uint8Array} as const

/** TensorFlow.js greets whoever uses this backend first in Node. */
function quiet(): void {
  const backend = tf.backend() as tf.KernelBackend & {firstUse?: boolean}
  backend.firstUse = false
}
