import type {ImageSize} from '../images/image.ts'
import type {CheckpointLayout} from '../weights/names.ts'
import type {CacheShape, CausalLM} from './causal-lm.ts'
import type {ClassifierFacts, ImageClassifier, SequenceClassifier} from './classifier.ts'
import type {LabelOptions, ModelConfig} from './config.ts'
import type {DropoutSite, Scope} from './layers/scope.ts'
import type {SlidingWindow} from './layers/sliding-window.ts'

/** One architecture: everything that svft knows of it, in its own file. */
export interface Architecture {
  /**
   * The linear layers of a block, by the letters that the paper gives them (Q, K, V, O, G, U, D): the ends of their
   * paths. Together they match all of these layers and nothing else.
   */
  readonly linears: Readonly<Record<string, string>>
  /** Reads a config.json. @throws Fault 'input' where the model it describes is not supported */
  open(config: ModelConfig, options: LabelOptions): Model
}

/** A model as its config.json describes it: shapes and mathematics, no weights. */
export type Model = CausalModel | SequenceModel | ImageModel

export interface CausalModel extends CheckpointLayout {
  readonly task: 'causal-lm'
  readonly initial?: InitialValues
  /** The most tokens of a text, where positions are learned. */
  readonly longest?: number
  readonly cache: CacheShape
  /** The model's own dropout while training on B × T tokens, by path; only rates above 0. */
  drops(B: number, T: number): Readonly<Record<string, DropoutSite>>
  build(scope: Scope): CausalLM
}

/** The values from which training from scratch starts, where they are not the usual ones: weights of one deviation, gains 1. */
export interface InitialValues {
  /** The norms' weights. */
  readonly gain?: number
  /** The factor of a weight's deviation, by the tensor's name. */
  readonly scale?: (name: string) => number
}

export interface SequenceModel extends ClassifierFacts {
  readonly task: 'sequence-classification'
  readonly vocabulary: number
  /** The most tokens of a text; undefined where there is no limit. */
  readonly longest: number | undefined
  /** The number of token types; 0 where the model has none. */
  readonly types: number
  /** The window of attention of some or all layers, if any. */
  readonly window?: SlidingWindow | undefined
  build(scope: Scope): SequenceClassifier
}

export interface ImageModel extends ClassifierFacts {
  readonly task: 'image-classification'
  /** The pixels of an image. */
  readonly image: readonly [channels: number, height: number, width: number]
  /** The class of its image processor in transformers, where preprocessor_config.json names none. */
  readonly processor: 'ViT' | 'DeiT' | 'Bit'
  /** The tokens of an image: its patches and the tokens before them. */
  readonly tokens: number
  /**
   * The model of the same checkpoint that reads images of another size. Absent where the size is fixed.
   *
   * @throws Fault 'input' if it cannot read images of this size
   */
  resized?(size: ImageSize): ImageModel
  build(scope: Scope): ImageClassifier
}
