// The only import of TensorFlow.js. It is required, not imported: an import of a CommonJS file first searches the whole file
// for names, which takes 0.12 s of the half second in which svft starts. The first use of `tf` loads it, so that files which
// only define layers or adapters cost nothing.
import {createRequire} from 'node:module'
import type * as Core from '@tensorflow/tfjs-core'

export type * from '@tensorflow/tfjs-core'

let loaded: typeof Core | undefined
const gradients: Core.GradConfig[] = []

function load(): typeof Core {
  if (loaded) return loaded
  loaded = createRequire(import.meta.url)('@tensorflow/tfjs-core') as typeof Core
  for (const config of gradients) loaded.registerGradient(config)
  return loaded
}

/** Registers a gradient now, or when TensorFlow.js is loaded. */
export function registerGradient(config: Core.GradConfig): void {
  if (loaded) loaded.registerGradient(config)
  else gradients.push(config)
}

/** TensorFlow.js, which is loaded when a member of it is first read. */
export const tf = new Proxy({} as typeof Core, {get: (_, name: keyof typeof Core) => load()[name]})

interface OpWithGradient {
  readonly value: Core.Tensor
  /** The tensors that the gradient needs. */
  readonly saved: Core.Tensor[]
  /** One gradient for each input, from the gradient of the value. */
  readonly gradient: (dy: Core.Tensor, saved: Core.Tensor[]) => Core.Tensor[]
}

/** The value of an op with its own gradient, `op(inputs)`. */
export function withGradient(
  inputs: readonly Core.Tensor[],
  op: (inputs: Core.Tensor[]) => OpWithGradient,
): Core.Tensor {
  return tf.customGrad((...args: (Core.Tensor | Core.GradSaveFunc)[]) => {
    const save = args.pop() as Core.GradSaveFunc
    const {value, saved, gradient} = op(args as Core.Tensor[])
    save(saved)
    return {value, gradFunc: gradient}
  })(...inputs)
}

/** x itself, whose gradient becomes `change(gradient, x)`. */
export const changeGradient = (x: Core.Tensor, change: (dy: Core.Tensor, x: Core.Tensor) => Core.Tensor): Core.Tensor =>
  withGradient([x], ([x]) => ({value: tf.clone(x), saved: [x], gradient: (dy, [x]) => [change(dy, x)]}))

/** Transposes each of K matrices: (K, m, n) → (K, n, m). */
export const transposeEach = (matrices: Core.Tensor): Core.Tensor => tf.transpose(matrices, [0, 2, 1])

export const addAll = (terms: readonly Core.Tensor[]) => terms.reduce((sum, term) => tf.add(sum, term))

/**
 * Whether an op over many rows is better split into blocks, which takes less memory. It is not for an engine that packs both
 * operands for each product; `splitsRows` of its TensorFlow.js backend is false.
 */
export const splitsRows = () => (tf.backend() as {readonly splitsRows?: boolean}).splitsRows !== false

/** Whether sums are rounded to 16 bits, so that a small term should not be added to a large one before both are multiplied. */
export const roundsTo16Bits = () => tf.backend().floatPrecision() === 16
