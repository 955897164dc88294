// Helpers that TensorFlow.js lacks.
import * as tf from './tf.ts'

interface OpWithGradient {
  readonly value: tf.Tensor
  /** The tensors that the gradient needs. */
  readonly saved: tf.Tensor[]
  /** One gradient for each input, from the gradient of the value. */
  readonly gradient: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[]
}

/** The value of an op with its own gradient, `op(inputs)`. */
export function withGradient(inputs: readonly tf.Tensor[], op: (inputs: tf.Tensor[]) => OpWithGradient): tf.Tensor {
  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args.pop() as tf.GradSaveFunc
    const {value, saved, gradient} = op(args as tf.Tensor[])
    save(saved)
    return {value, gradFunc: gradient}
  })(...inputs)
}

export const addAll = (terms: readonly tf.Tensor[]) => terms.reduce((sum, term) => tf.add(sum, term))

/**
 * Whether an op over many rows is better split into blocks, which takes less memory. An engine that packs each operand of
 * each product anew says no: `splitsRows` of its TensorFlow.js backend is false.
 */
export const splitsRows = () => (tf.backend() as {readonly splitsRows?: boolean}).splitsRows !== false

/** Whether sums are rounded to 16 bits, so that a small term beside a large one is better multiplied by itself. */
export const roundsTo16Bits = () => tf.backend().floatPrecision() === 16
