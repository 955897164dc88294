import {gelu, geluTanh, silu} from '../../tensor/fused.ts'
import {tf} from '../../tensor/tf.ts'
import type {Layer} from './layers.ts'

/** The activation functions that config.json may name as `hidden_act` and the like. */
export const ACTIVATIONS = {
  gelu,
  gelu_fast: geluTanh,
  gelu_new: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  linear: x => x,
  quick_gelu: x => tf.mul(x, tf.sigmoid(tf.mul(x, 1.702))),
  relu: x => tf.relu(x),
  sigmoid: x => tf.sigmoid(x),
  silu,
  swish: silu,
  tanh: x => tf.tanh(x),
} satisfies Record<string, Layer>

export type Activation = keyof typeof ACTIVATIONS

export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as readonly Activation[]
