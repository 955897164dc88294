import {
  type ClassPrediction,
  predictClasses,
  scoreClassPredictions,
  writeClassPredictions,
} from '../../evaluate/class-predictions.ts'
import type {ClassifyingStep} from '../../evaluate/classify.ts'
import type {METRICS} from '../../evaluate/metrics.ts'
import type {Score} from '../../evaluate/score.ts'
import type {OpenedModel} from '../opened-model.ts'
import {ARENA_FACTOR, type MemoryNeed} from './memory-need.ts'
import {mergedPlaceholders} from './placeholder-weights.ts'
import type {ScoreOptions} from './task-data.ts'

export interface ClassifierScoring {
  readonly metric: keyof typeof METRICS
  /** How many examples a split has, and their labels. */
  labels(split: string): readonly number[]
  /** Their logits, in order. */
  logits(split: string, onProgress: (done: number) => void): Promise<readonly Float32Array[]>
}

/** Classifies each split, writes what was said of its examples, and scores it. */
export async function scoreClassifier(
  splits: readonly string[],
  {metric, labels, logits}: ClassifierScoring,
  {file, events}: ScoreOptions,
): Promise<Record<string, Score>> {
  const scores: Record<string, Score> = {}
  for (const split of splits) {
    const actual = labels(split)
    const said = await logits(split, done => events.progress(`score ${split}`, done, actual.length))
    const predictions: readonly ClassPrediction[] = predictClasses(said, actual)
    await writeClassPredictions(file(split), predictions)
    scores[split] = scoreClassPredictions(predictions, metric)
  }
  return scores
}

/** How many examples are ever classified at once: no more than the largest split has. */
export const largestBatch = (splits: Readonly<Record<string, readonly unknown[]>>, batch: number): number =>
  Math.min(batch, Math.max(1, ...Object.values(splits).map(({length}) => length)))

/** The memory that a program takes which classifies `what`, a batch of the largest. */
export async function classifyingNeed(
  opened: OpenedModel,
  {step, inputs}: ClassifyingStep,
  what: string,
): Promise<MemoryNeed> {
  const {trace} = await import('../../engine/trace.ts')
  const {weightBytes, workingBytes} = trace(step, {inputs, weights: mergedPlaceholders(opened)})
  const program = ARENA_FACTOR * workingBytes
  const {batch} = opened.recipe.evaluate
  return {
    what: 'classifying',
    program,
    terms: [
      ['weights', weightBytes],
      [`for reading ${what}`, program],
    ],
    help: batch > 1 ? [`evaluate.batch below ${batch}`, 'a smaller model'] : [],
  }
}
