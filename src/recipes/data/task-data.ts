import type {Named, Stored} from '../../engine/program.ts'
import type {Score} from '../../evaluate/score.ts'
import type {TrainData} from '../../train/batch.ts'
import type {ExampleOrder} from '../../train/order.ts'
import type {Events} from '../events.ts'
import type {MemoryNeed} from './memory-need.ts'

export interface ScoringEvents {
  readonly events: Events
  readonly signal: AbortSignal
}

export interface ScoreOptions extends ScoringEvents {
  /** The file of a split's predictions; those that it already holds are not generated again. */
  readonly file: (split: string) => string
}

/** A recipe's data, all read, and what its kind of task makes of them. Everything else of a run is one for all kinds. */
export interface TaskData {
  /** Examples to train on. */
  readonly examples: number
  /** Tokens of the longest of them; 1 of images, which have no length. */
  readonly longest: number
  /** Warnings about the data. */
  readonly warnings: readonly string[]
  /**
   * What a run reads of its model beyond the earlier meaning of its revision, where that changes results: `eos 2+20`,
   * the ids that end an answer, where they are not the tokenizer's eos alone. It follows the revision in the row.
   */
  readonly modelFacts?: string
  /** A hash of a source's contents. */
  hash(source: string): Promise<string>
  /** Decodes and scales images, which takes a while before the first step. */
  prepare(options: ScoringEvents): Promise<void>
  /** The examples in this order, in micro-batches of `rows`. */
  batches(order: ExampleOrder, rows: number): TrainData
  /** The memory that scoring takes; none where there is nothing to score. */
  scoring(): Promise<MemoryNeed | undefined>
  /** Scores each split with a model of these weights. */
  score(splits: readonly string[], weights: Named<Stored>, options: ScoreOptions): Promise<Record<string, Score>>
}
