import {expect, test} from 'vitest'
import {ONNX, run} from '../../../test/models/engines.ts'
import type {Named} from '../../engine/program.ts'
import type {Tensor} from '../../tensor/tf.ts'
import {ACTIVATIONS, type Activation} from './activations.ts'

const TANH = [0.841192, -0.158808]
const SILU = [0.7310586, -0.2689414]

/** PyTorch's values at 1 and −1, of the functions that transformers' ACT2FN names so. */
const VALUES: Readonly<Record<Activation, readonly number[]>> = {
  gelu: [0.8413447, -0.1586553],
  gelu_fast: TANH,
  gelu_new: TANH,
  gelu_pytorch_tanh: TANH,
  linear: [1, -1],
  quick_gelu: [0.8457958, -0.1542042],
  relu: [1, 0],
  sigmoid: [0.7310586, 0.2689414],
  silu: SILU,
  swish: SILU,
  tanh: [0.7615942, -0.7615942],
}

test('the activations are those of transformers by the same names', async () => {
  const step = ({x}: Named<Tensor>) =>
    Object.fromEntries(Object.entries(ACTIVATIONS).map(([name, activate]) => [name, activate(x)]))
  const found = await run(ONNX, step, {x: {shape: [2], data: Float32Array.of(1, -1)}})
  for (const [name, [one, minusOne]] of Object.entries(VALUES)) {
    expect(found[name][0], name).toBeCloseTo(one, 5)
    expect(found[name][1], name).toBeCloseTo(minusOne, 5)
  }
})
