import type {Data, Named, Shape, Spec, Stored} from '../engine/program.ts'
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
export interface PretrainedWeight {
  readonly shape: WeightShape
  /** W, (out, in), row by row. */
  weight(): Promise<Float32Array>
  factors(): Promise<Factors>
}

/** Where a forward pass stands. */
export interface ForwardOptions {
  /** The share of what `Adapter.dropout` drops that is dropped: 0 outside of training. */
  readonly rate: number
  /** What `Adapter.dropout` drew for this pass; empty where `rate` is 0. */
  readonly drawn: Named<Tensor>
}

export const EVALUATION: ForwardOptions = {rate: 0, drawn: {}}

/** Draws what one forward pass of one module drops. It does so outside the program, which is fed the numbers. */
export interface Dropout {
  /** The numbers' types and shapes, for a weight that meets `rows` rows of x. */
  specs(weight: WeightShape, rows: number): Named<Spec>
  draw(
    weight: WeightShape,
    options: {readonly rows: number; readonly rate: number; readonly random: Random},
  ): Named<Data>
}

/** Frozen tensors that all adapted weights read: one copy each, whatever the number of modules. */
export interface SharedTensors<Name extends string = string> {
  /** Known from the shapes of the weights alone. */
  shapes(weights: readonly WeightShape[]): Readonly<Record<Name, Shape>>
  /** Drawn from a seed of the method's own, so that runs with other seeds share them too. */
  init(weights: readonly WeightShape[]): Readonly<Record<Name, Stored>>
}

/** Of W. */
export type WeightShape = readonly [out: number, into: number]

/**
 * A PEFT method on one weight W (out, in): how to start from it, how to use it on x, how to fold it back.
 * `at` holds the shared, frozen and trainable tensors by name, and W itself as `weight`.
 */
export interface Adapter<Frozen extends string = string, Trainable extends string = string> {
  /** The sizes of everything `init` makes, known without any number of W. */
  shapes(weight: WeightShape): {
    readonly frozen: Readonly<Record<Frozen, Shape>>
    readonly trainable: Readonly<Record<Trainable, Shape>>
  }
  init(
    origin: PretrainedWeight,
    random: Random,
  ): Promise<{
    readonly frozen: Readonly<Record<Frozen, Stored>>
    readonly trainable: Readonly<Record<Trainable, Float32Array>>
  }>
  /** x (N, in) → W′ x, (N, out), without the layer's bias. */
  forward(x: Tensor2D, at: Named<Tensor>, pass: ForwardOptions): Tensor2D
  /** W′, (out, in). */
  merge(at: Named<Tensor>): Tensor2D
  readonly shared?: SharedTensors
  /** A method without it drops nothing. */
  readonly dropout?: Dropout
  /** The layer's own bias trains too, where it has one. */
  readonly trainsBias?: boolean
}
