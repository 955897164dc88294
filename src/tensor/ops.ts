// Helpers that TensorFlow.js lacks.
import {type GradSaveFunc, type Tensor, tf} from './tf.ts'

interface OpWithGradient {
  readonly value: Tensor
  /** The tensors that the gradient needs. */
  readonly saved: Tensor[]
  /** One gradient for each input, from the gradient of the value. */
  readonly gradient: (dy: Tensor, saved: Tensor[]) => Tensor[]
}

/** The value of an op with its own gradient, `op(inputs)`. */
export function withGradient(inputs: readonly Tensor[], op: (inputs: Tensor[]) => OpWithGradient): Tensor {
  return tf.customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const save = args.pop() as GradSaveFunc
    const {value, saved, gradient} = op(args as Tensor[])
    save(saved)
    return {value, gradFunc: gradient}
  })(...inputs)
}

export const addAll = (terms: readonly Tensor[]) => terms.reduce((sum, term) => tf.add(sum, term))

/**
 * Whether an op over many rows is better split into blocks, which takes less memory. It is not for an engine that packs both
 * operands for each product; `splitsRows` of its TensorFlow.js backend is false.
 */
export const splitsRows = () => (tf.backend() as {readonly splitsRows?: boolean}).splitsRows !== false

/** Whether sums are rounded to 16 bits, so that a small term should not be added to a large one before both are multiplied. */
export const roundsTo16Bits = () => tf.backend().floatPrecision() === 16
