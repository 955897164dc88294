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
  /** Where a split's predictions are written; answers that are there already count. */
  readonly file: (split: string) => string
}

/** A recipe's data, all read, and what its kind of task makes of them. Everything else of a run is one for all kinds. */
export interface TaskData {
  /** Examples to train on. */
  readonly examples: number
  /** Tokens of the longest of them; 1 of images, which have no length. */
  readonly longest: number
  /** What a person should know of the data. */
  readonly warnings: readonly string[]
  /**
   * What a run reads of its model beyond the earlier meaning of its revision, where that changes results: `eos 2+20`,
   * the ids that end an answer, where they are not the tokenizer's eos alone. It follows the revision in the row.
   */
  readonly modelFacts?: string
  /** What tells a source's contents from others. */
  hash(source: string): Promise<string>
  /** What takes its time before the first step: images are decoded and scaled. */
  prepare(options: ScoringEvents): Promise<void>
  /** The examples in this order, in micro-batches of `rows`. */
  batches(order: ExampleOrder, rows: number): TrainData
  /** The memory that scoring takes; none where there is nothing to score. */
  scoring(): Promise<MemoryNeed | undefined>
  /** Scores each split with a model of these weights. */
  score(splits: readonly string[], weights: Named<Stored>, options: ScoreOptions): Promise<Record<string, Score>>
}
