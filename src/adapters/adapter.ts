import type {Named, Shape, Stored} from '../engine/program.ts'
import type {Random} from '../tensor/random.ts'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'

/** W = U Σ Vᵀ, thin: n = min(out, in). */
export interface Factors {
  /** U, (out, n). */
  readonly u: Stored
  /** Σ's diagonal in falling order, (n). */
  readonly s: Stored
  /** Vᵀ, (n, in). */
  readonly v: Stored
}

/** The weight a method starts from. Numbers are read, and factors computed, only when a method asks. */
export interface Origin {
  readonly shape: readonly [out: number, into: number]
  /** W, (out, in), row by row. */
  weight(): Promise<Float32Array>
  factors(): Promise<Factors>
}

/** Where a forward pass stands: `drop` zeroes and rescales entries while training and is the identity otherwise. */
export interface Pass {
  drop(x: Tensor): Tensor
}

/**
 * A PEFT method on one weight W (out, in): how to start from it, how to use it on x, how to fold it back.
 * `at` holds the frozen and trainable tensors by name, and W itself as `weight`.
 */
export interface Adapter<Frozen extends string = string, Trainable extends string = string> {
  /** The sizes of everything `init` makes, known without any number of W. */
  shapes(weight: readonly [out: number, into: number]): {
    readonly frozen: Readonly<Record<Frozen, Shape>>
    readonly trainable: Readonly<Record<Trainable, Shape>>
  }
  init(
    origin: Origin,
    random: Random,
  ): Promise<{
    readonly frozen: Readonly<Record<Frozen, Stored>>
    readonly trainable: Readonly<Record<Trainable, Float32Array>>
  }>
  /** x (N, in) → W′ x, (N, out), without the layer's bias. */
  forward(x: Tensor2D, at: Named<Tensor>, pass: Pass): Tensor2D
  /** W′, (out, in). */
  merge(at: Named<Tensor>): Tensor2D
}
