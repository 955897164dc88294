import {after} from './fused.ts'
import {type Tensor, tf, withGradient} from './tf.ts'

/**
 * Gradient checkpointing (Chen et al. 2016): block(x, parameters, shared), of which only x is saved for the backward pass,
 * which computes the rest again. The recomputation starts when the gradient of the block's output arrives, and the gradient
 * of x is passed on when all parameter gradients of the block are computed, so that only one block's activations are alive
 * at a time. `shared` are tensors that several blocks use (masks, angles, position embeddings); no block waits for their
 * gradients.
 */
export function recompute(
  block: (x: Tensor, parameters: Tensor[], shared: Tensor[]) => Tensor,
  x: Tensor,
  {parameters, shared}: {readonly parameters: readonly Tensor[]; readonly shared: readonly Tensor[]},
): Tensor {
  const count = parameters.length
  const run = ([x, ...rest]: Tensor[]) => block(x, rest.slice(0, count), rest.slice(count))

  return withGradient([x, ...parameters, ...shared], inputs => ({
    value: run(inputs),
    saved: inputs,
    gradient(dy, saved) {
      const delayed = saved.slice(0, count + 1).map(tensor => after(tensor, [dy]))
      const [dx, ...gradients] = nestedGradients(run, [...delayed, ...saved.slice(count + 1)], dy)
      return [after(dx, gradients.slice(0, count)), ...gradients]
    },
  }))
}

/** Gradients computed inside a gradient. TensorFlow.js has one tape, which the inner call would drop. */
function nestedGradients(f: (inputs: Tensor[]) => Tensor, inputs: Tensor[], dy: Tensor): Tensor[] {
  const {state} = tf.engine()
  const tape = state.activeTape
  const floats = inputs.filter(({dtype}) => dtype === 'float32')
  const {grads} = tf.engine().gradients(() => f(inputs), floats, dy, true)
  state.activeTape = tape
  return inputs.map(input => grads[floats.indexOf(input)] ?? tf.zerosLike(input))
}
