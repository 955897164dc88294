import {after} from './fused.ts'
import * as tf from './tf.ts'

/**
 * Gradient checkpointing (Chen et al. 2016): block(x, parameters, shared), of which the backward pass keeps x
 * alone and computes the rest again. The recomputation starts when its gradient arrives, and the gradient to x is
 * handed on when all of the block's parameter gradients are there, so that one block's activations are alive at a time.
 * What blocks share (masks, angles, embeddings of positions) gets its gradients when it is asked for them.
 */
export function recompute(
  block: (x: tf.Tensor, parameters: tf.Tensor[], shared: tf.Tensor[]) => tf.Tensor,
  x: tf.Tensor,
  {parameters, shared}: {readonly parameters: readonly tf.Tensor[]; readonly shared: readonly tf.Tensor[]},
): tf.Tensor {
  const count = parameters.length
  const run = ([x, ...rest]: tf.Tensor[]) => block(x, rest.slice(0, count), rest.slice(count))

  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args.at(-1) as tf.GradSaveFunc
    const inputs = args.slice(0, -1) as tf.Tensor[]
    save(inputs)
    return {
      value: run(inputs),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const again = saved.slice(0, count + 1).map(tensor => after(tensor, [dy]))
        const [dx, ...gradients] = nested(run, [...again, ...saved.slice(count + 1)], dy)
        return [after(dx, gradients.slice(0, count)), ...gradients]
      },
    }
  })(x, ...parameters, ...shared)
}

/** Gradients inside a gradient: TensorFlow.js keeps one tape, which the inner call would drop. */
function nested(f: (inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[], dy: tf.Tensor): tf.Tensor[] {
  const {state} = tf.engine()
  const tape = state.activeTape
  const floats = inputs.filter(({dtype}) => dtype === 'float32')
  const {grads} = tf.engine().gradients(() => f(inputs), floats, dy, true)
  state.activeTape = tape
  return inputs.map(input => grads[floats.indexOf(input)] ?? tf.zerosLike(input))
}
