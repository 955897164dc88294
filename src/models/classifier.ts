import type {Shape} from '../engine/program.ts'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'

// Shapes: B batch, T tokens, C hidden size, L labels.

/** Reads texts, built on a scope. `real` (B, T) is 1 at tokens and 0 at padding; `types` (B, T) is all 0 where absent. */
export interface SequenceClassifier {
  /** The last block's answer, (B, T, C). No head is needed for it. */
  hidden(ids: Tensor2D, real: Tensor2D, types?: Tensor2D): Tensor
  /** (B, L) */
  logits(ids: Tensor2D, real: Tensor2D, types?: Tensor2D): Tensor2D
}

/** Reads images, built on a scope. */
export interface ImageClassifier {
  /** pixels (B, channels, height, width) → (B, L) */
  logits(pixels: Tensor): Tensor2D
}

/** What a classifier's head is: the layers that a pretrained checkpoint lacks, and how they are drawn. */
export interface Head {
  /** Their paths, `pooler.dense` and `classifier`, say. */
  readonly paths: readonly string[]
  /** Of the normal distribution that their weights come from; their biases are 0. */
  readonly deviation: number
  /** Numbers beyond this many deviations are drawn anew. */
  readonly within: number
}

/** A place where a model drops entries while it trains: the shape of its mask, and the share that goes. */
export interface DropoutSite {
  readonly rate: number
  readonly shape: readonly [rows: number, columns: number]
}

/** What is known of a classifier from its config. */
export interface ClassifierFacts {
  readonly shapes: Record<string, Shape>
  /** One label is regression: a float, and mean squared error. */
  readonly labels: number
  readonly head: Head
  /** Where the model itself drops while training on B × T tokens, by path; only rates above 0. */
  drops(B: number, T: number): Readonly<Record<string, DropoutSite>>
  /** How many rows its linear layers read for B × T tokens: the tokens', the texts' (a head's), relative positions'. */
  rows(B: number, T: number): readonly number[]
}

/** The sites whose rate is above 0. */
export const activeSites = (sites: Readonly<Record<string, DropoutSite>>): Readonly<Record<string, DropoutSite>> =>
  Object.fromEntries(Object.entries(sites).filter(([, {rate}]) => rate > 0))
