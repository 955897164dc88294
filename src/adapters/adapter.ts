import type {Data, Named, Shape, Spec, Stored} from '../engine/program.ts'
import type {Random} from '../tensor/random.ts'
import type {Tensor, Tensor1D, Tensor2D} from '../tensor/tf.ts'

/** The shape of a weight W. */
export type WeightShape = readonly [out: number, into: number]

/** W = U Σ Vᵀ, thin: n = min(out, in). */
export interface Factors {
  /** U, (out, n). */
  readonly u: Stored
  /** Σ's diagonal in falling order, (n). */
  readonly sigma: Stored
  /** Vᵀ, (n, in). */
  readonly v: Stored
}

/** The weight that a method starts from. Its values are read, and its factors computed, only when a method asks. */
export interface PretrainedWeight {
  readonly shape: WeightShape
  /** W, (out, in), row by row. */
  weight(): Promise<Float32Array>
  factors(): Promise<Factors>
}

/** What a forward pass drops. */
export interface ForwardOptions {
  /** The share of what `Adapter.dropout` drops that is dropped: 0 outside of training. */
  readonly rate: number
  /** What `Adapter.dropout` drew for this pass; empty where `rate` is 0. */
  readonly drawn: Named<Tensor>
}

export const EVALUATION: ForwardOptions = {rate: 0, drawn: {}}

/** Draws what one forward pass of one module drops, outside the program, which is fed the values. */
export interface Dropout {
  /** The types and shapes of what is drawn for a weight that meets `rows` rows of x. */
  specs(weight: WeightShape, rows: number): Named<Spec>
  draw(
    weight: WeightShape,
    options: {readonly rows: number; readonly rate: number; readonly random: Random},
  ): Named<Data>
}

/** Frozen tensors that all adapted weights read: one copy each, whatever the number of modules. */
export interface SharedTensors<Name extends string = string> {
  /** The shapes follow from those of the weights alone. */
  shapes(weights: readonly WeightShape[]): Named<Shape, Name>
  /** They are drawn from a seed of the method's own, so that runs with other seeds share them too. */
  init(weights: readonly WeightShape[]): Named<Stored, Name>
}

/** The tensors of one module by the adapter's own names, and W itself as `weight`. */
export type ModuleTensors<Name extends string, Optional extends string = never> = Named<Tensor, Name | 'weight'> &
  Partial<Named<Tensor, Optional>>

/**
 * A method on one weight W (out, in): how to start from it, how to use it on x, how to fold it back. All tensors are
 * known by name: frozen ones, trainable ones, those of the latter that a setting may leave out (`Optional`), and those
 * that all modules share (`Shared`).
 */
export interface Adapter<
  Frozen extends string = string,
  Trainable extends string = string,
  Optional extends string = never,
  Shared extends string = never,
> {
  /** The types and shapes of everything that `init` makes, which follow from W's shape. Trainables are float32. */
  shapes(weight: WeightShape): {
    readonly frozen: Named<Spec, Frozen>
    readonly trainable: Named<Spec, Trainable> & Partial<Named<Spec, Optional>>
  }
  init(
    origin: PretrainedWeight,
    random: Random,
  ): Promise<{
    readonly frozen: Named<Stored, Frozen>
    readonly trainable: Named<Float32Array, Trainable> & Partial<Named<Float32Array, Optional>>
  }>
  /** x (N, in) → W′ x, (N, out), without the layer's bias. */
  forward(x: Tensor2D, at: ModuleTensors<Frozen | Trainable | Shared, Optional>, pass: ForwardOptions): Tensor2D
  /** W′, (out, in). */
  merge(at: ModuleTensors<Frozen | Trainable | Shared, Optional>): Tensor2D
  /** The layer's bias b (out) → b′; without it the method leaves the bias as it is. */
  adaptBias?(bias: Tensor1D, at: ModuleTensors<Frozen | Trainable | Shared, Optional>): Tensor1D
  /** The adapter of the module at `path`, where a method differs from module to module. */
  at?(path: string): Adapter<Frozen, Trainable, Optional, Shared>
  readonly shared?: SharedTensors
  /** A method without it drops nothing. */
  readonly dropout?: Dropout
  /** The layer's own bias trains too, where it has one. */
  readonly trainsBias?: boolean
  /** Names that files, and a recipe's `train.lrs`, have for its tensors, where they are others than here. */
  readonly fileNames?: Named<string>
}

/** A float32 tensor of this shape. */
export const float = (...shape: number[]): Spec => ({dtype: 'float32', shape})

/** An int32 tensor of this shape. */
export const int = (...shape: number[]): Spec => ({dtype: 'int32', shape})
