import type {Named, Stored} from '../../engine/program.ts'
import type {Score} from '../../evaluate/metrics.ts'
import {type BatchExample, type BucketSpacing, type PadOptions, type TrainData, tokenData} from '../../train/batch.ts'
import type {ExampleOrder} from '../../train/order.ts'
import type {Events} from '../events.ts'
import type {Recipe} from '../file/schema.ts'

export interface ScoringEvents {
  readonly events: Events
  readonly signal: AbortSignal
}

export interface ScoreOptions extends ScoringEvents {
  /** The file of a split's predictions; those that it already holds are not generated again. */
  readonly file: (split: string) => string
  /** Whether these are the run's own scores, not those of an epoch: only they come with warnings. */
  readonly final: boolean
}

/** A recipe's data, all read, and the parts of a run that depend on the kind of its task. */
export interface TaskData {
  /** The number of examples to train on. */
  readonly examples: number
  /** The number of tokens of the longest one; 1 for images, which have no length. */
  readonly longest: number
  readonly warnings: readonly string[]
  /** The names of the classes in the order of their indices, if the data decide them. */
  readonly classes?: readonly string[] | undefined
  /**
   * Facts about the model that change results and that its revision does not cover: `eos 2+20`, the ids that end an
   * answer, if they are not the tokenizer's eos alone, and `chat …`, a hash of the chat template. They follow the revision in the row.
   */
  readonly modelFacts?: string | undefined
  /** A hash of a source's contents. */
  hash(source: string): Promise<string>
  /** Decodes and scales images before the first step. */
  prepare?(options: ScoringEvents): Promise<void>
  /** The examples in this order, in micro-batches of `rows`. */
  batches(order: ExampleOrder, rows: number): TrainData
  /** The memory that scoring takes; none if there is nothing to score. */
  scoring(): Promise<MemoryNeed | undefined>
  /** Scores each split with a model of these weights. */
  score(splits: readonly string[], weights: Named<Stored>, options: ScoreOptions): Promise<Record<string, Score>>
}

/** The memory that a part of a run takes, in bytes, with the terms of the sum. */
export interface MemoryNeed {
  readonly what: string
  readonly terms: readonly (readonly [name: string, bytes: number])[]
  /** Changes of the recipe that would make the sum smaller. */
  readonly help: readonly string[]
}

/** The number of tokens of the longest example, at least 1. */
export const longestOf = (examples: readonly {readonly ids: ArrayLike<number>}[]): number =>
  examples.reduce((most, {ids}) => Math.max(most, ids.length), 1)

/** OpenVINO compiles a program for many seconds, so that fewer padded lengths pay. */
export const bucketSpacing = (engine: Recipe['engine']): BucketSpacing => (engine === 'openvino' ? 'coarse' : 'fine')

/** The batches of encoded examples that a recipe trains on. */
export function tokenBatches(
  examples: readonly BatchExample[],
  {train, engine}: Recipe,
  limits: Omit<PadOptions, 'rows' | 'weighting' | 'spacing'>,
): TaskData['batches'] {
  const spacing = bucketSpacing(engine)
  return (order, rows) => tokenData(examples, order, {...limits, rows, weighting: train?.weighting, spacing})
}
