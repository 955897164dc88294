import type {Data, Named, Shape, Spec, Stored} from '../engine/program.ts'
import type {Factors} from '../linalg/factors.ts'
import type {Random} from '../tensor/random.ts'
import type {Tensor, Tensor1D, Tensor2D} from '../tensor/tf.ts'

export type WeightShape = readonly [out: number, into: number]

/** The weight that a method starts from. Its values are read, and its factors computed, only on demand. */
export interface PretrainedWeight {
  readonly shape: WeightShape
  /** Reads W, (out, in), row by row. */
  weight(): Promise<Float32Array>
  factors(): Promise<Factors>
}

/** The dropout of a forward pass. */
export interface ForwardOptions {
  /** The probability of dropout, 0 outside of training. */
  readonly rate: number
  /** The tensors that `Adapter.dropout` drew for this pass; empty where `rate` is 0. */
  readonly drawn: Named<Tensor>
}

export const EVALUATION: ForwardOptions = {rate: 0, drawn: {}}

/** Draws the dropout of one forward pass of one module, outside the program, which is fed the values. */
export interface Dropout {
  /** The types and shapes of the tensors drawn for a weight that multiplies `rows` rows of x. */
  specs(weight: WeightShape, rows: number): Named<Spec>
  draw(
    weight: WeightShape,
    options: {readonly rows: number; readonly rate: number; readonly random: Random},
  ): Named<Data>
}

/** Frozen tensors that all adapted weights share: one copy each, whatever the number of modules. */
export interface SharedTensors<Name extends string = string> {
  /** The shapes follow from those of the weights alone. */
  shapes(weights: readonly WeightShape[]): Named<Shape, Name>
  /** Draws them from a seed of the method's own, so that runs with other seeds share them too. */
  init(weights: readonly WeightShape[]): Named<Stored, Name>
}

/**
 * The tensors of one module by the adapter's own names, with W itself as `weight`. Where a checkpoint stores W as (in, out),
 * `weight` is a getter that transposes it: `{...at}` computes it whether or not it is used.
 */
export type ModuleTensors<Name extends string, Optional extends string = never> = Named<Tensor, Name | 'weight'> &
  Partial<Named<Tensor, Optional>>

/** The trainable tensors of one module by the adapter's own names, or what `Adapter.prepare` makes of them. */
export type Trainables<Name extends string = string, Optional extends string = never> = Named<Tensor, Name> &
  Partial<Named<Tensor, Optional>>

/**
 * A method on one weight W (out, in): its initial tensors, its forward pass, and the merged weight. All tensors are known
 * by name: frozen ones, trainable ones, trainable ones that depend on a setting (`Optional`, like SVFT's gate), and those
 * that all modules share (`Shared`, like VeRA's projections).
 */
export interface Adapter<
  Frozen extends string = string,
  Trainable extends string = string,
  Optional extends string = never,
  Shared extends string = never,
> {
  /** The types and shapes of all tensors of `init`, which follow from W's shape. Trainables are float32. */
  shapes(weight: WeightShape): {
    readonly frozen: Named<Spec, Frozen>
    readonly trainable: Named<Spec, Trainable> & Partial<Named<Spec, Optional>>
  }
  /** Computes their initial values. Each random tensor draws from a `random.fork` of its own. */
  init(
    origin: PretrainedWeight,
    random: Random,
  ): Promise<{
    readonly frozen: Named<Stored, Frozen>
    readonly trainable: Named<Float32Array, Trainable> & Partial<Named<Float32Array, Optional>>
  }>
  /** Computes the layer's output without its bias: x (N, in) → x W′ᵀ (N, out). */
  forward(x: Tensor2D, at: ModuleTensors<Frozen | Trainable | Shared, Optional>, pass: ForwardOptions): Tensor2D
  /** Computes W′ (out, in), the weight with the adapter merged into it. */
  merge(at: ModuleTensors<Frozen | Trainable | Shared, Optional>): Tensor2D
  /** Describes what is wrong with frozen tensors from a file, which `read` reads by name; undefined if nothing is. */
  defect?(weight: WeightShape, read: (name: Frozen) => Promise<Data>): Promise<string | undefined>
  /**
   * Computes what `forward` and `merge` read under the names of the trainables. A training step calls it once with all modules
   * of the adapter, however often the model multiplies by a weight, so that work of one kind can be one batch.
   */
  prepare?(modules: readonly Trainables<Trainable, Optional>[]): readonly Trainables<Trainable, Optional>[]
  /** Computes b′ from the layer's bias b (out). A method without it leaves the bias as it is. */
  adaptBias?(bias: Tensor1D, at: ModuleTensors<Frozen | Trainable | Shared, Optional>): Tensor1D
  /** Returns the adapter of the module at `path`, for a method that differs between modules. */
  at?(path: string): Adapter<Frozen, Trainable, Optional, Shared>
  readonly shared?: SharedTensors
  /** A method without it has no dropout. */
  readonly dropout?: Dropout
  /** Whether the layer's own bias trains too, where it has one. */
  readonly trainsBias?: boolean
  /** The names of its tensors in files and in a recipe's `train.lrs`, where they differ from those here. */
  readonly fileNames?: Named<string>
}

/** What `forward` and `merge` of one module read in place of its trainables. */
export const prepareOne = (adapter: Pick<Adapter, 'prepare'>, trainables: Trainables): Trainables =>
  adapter.prepare?.([trainables])[0] ?? trainables

export const float = (...shape: number[]): Spec => ({dtype: 'float32', shape})

export const int = (...shape: number[]): Spec => ({dtype: 'int32', shape})
