import {gelu, geluTanh, silu} from '../tensor/fused.ts'
import type {Layer} from './layers.ts'

/** The functions that config.json's `hidden_act` may name. */
export const ACTIVATIONS = {
  gelu,
  gelu_new: geluTanh,
  gelu_fast: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  silu,
  swish: silu,
} satisfies Record<string, Layer>

export type Activation = keyof typeof ACTIVATIONS

export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as readonly Activation[]
