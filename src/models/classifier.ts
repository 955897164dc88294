import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import type {CheckpointLayout} from '../weights/names.ts'
import type {ModelConfig} from './config.ts'
import type {DropoutSite} from './layers/scope.ts'

// Shapes: B batch, T tokens, C hidden size, L labels.

/** A classifier of texts, built on a scope. `real` (B, T) is 1 at tokens and 0 at padding; `types` (B, T) is 0 where absent. */
export interface SequenceClassifier {
  /** The last block's output, (B, T, C), which needs no head. */
  hidden(ids: Tensor2D, real: Tensor2D, types?: Tensor2D): Tensor
  /** (B, L) */
  logits(ids: Tensor2D, real: Tensor2D, types?: Tensor2D): Tensor2D
}

/** A classifier of images, built on a scope. */
export interface ImageClassifier {
  /** pixels (B, channels, height, width) → (B, L) */
  logits(pixels: Tensor): Tensor2D
}

/** A classifier's head: the layers that a pretrained checkpoint lacks, and how they are initialized. */
export interface Head {
  /** The paths of its layers, such as `pooler.dense` and `classifier`. */
  readonly paths: readonly string[]
  /** Those of the layers with a row for each label, where there are several; default: the last. */
  readonly outputs?: readonly string[]
  /** The standard deviation of the normal distribution of the weights; gains are 1, and biases 0. */
  readonly deviation: number
  /** The standard deviations of weights that have one of their own, by path. */
  readonly deviations?: Readonly<Record<string, number>>
  /** Values beyond this many deviations are drawn again. */
  readonly within: number
}

/** The paths of the layers that have a row for each label. */
export const outputPaths = ({outputs, paths}: Head): readonly string[] => outputs ?? paths.slice(-1)

/** The facts of a classifier that follow from its config. */
export interface ClassifierFacts extends CheckpointLayout {
  /** Its class in transformers, which config.json names in `architectures`. */
  readonly className: string
  /** The number of classes; 1 is regression: a float, and mean squared error. */
  readonly labels: number
  readonly head: Head
  /** What config.json says of a checkpoint that has the tensors of `shapes` alone, where transformers would expect others. */
  readonly own?: ModelConfig
  /** The model's own dropout while training on B × T tokens, by path; only rates above 0. */
  drops(B: number, T: number): Readonly<Record<string, DropoutSite>>
  /** The row counts of its linear layers' inputs for B × T tokens: a row for each token, text (the head) or relative position. */
  rows(B: number, T: number): readonly number[]
}
