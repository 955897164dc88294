import type {ShapedStep} from '../../engine/program.ts'
import {type ClassPrediction, predictClasses, scoreClassPredictions} from '../../evaluate/class-predictions.ts'
import type {METRICS, Score} from '../../evaluate/metrics.ts'
import {writeJsonLines} from '../../evaluate/predictions.ts'
import type {OpenedModel} from '../opened-model.ts'
import {mergedPlaceholders} from './placeholder-weights.ts'
import {programCost} from './program-cost.ts'
import type {MemoryNeed, ScoreOptions} from './task-data.ts'

export interface ClassifierScoring {
  readonly metric: keyof typeof METRICS
  /** The labels of a split's examples. */
  labels(split: string): readonly number[]
  /** The logits of a split's examples, in order. */
  logits(split: string, onProgress: (done: number) => void): Promise<readonly Float32Array[]>
}

/** Classifies each split, writes its predictions and scores them. */
export async function scoreClassifier(
  splits: readonly string[],
  {metric, labels, logits}: ClassifierScoring,
  {file, events}: ScoreOptions,
): Promise<Record<string, Score>> {
  const scores: Record<string, Score> = {}
  for (const split of splits) {
    const actual = labels(split)
    const outputs = await logits(split, done => events.progress(`score ${split}`, done, actual.length))
    const predictions: readonly ClassPrediction[] = predictClasses(outputs, actual)
    await writeJsonLines(file(split), predictions)
    scores[split] = scoreClassPredictions(predictions, metric)
  }
  return scores
}

/** The largest batch that is classified: no more examples than the largest split has. */
export const largestBatch = (splits: Readonly<Record<string, readonly unknown[]>>, batch: number): number =>
  Math.min(batch, Math.max(1, ...Object.values(splits).map(({length}) => length)))

/** The memory that classifying takes; `what` describes the largest batch. */
export async function classifyingNeed(
  opened: OpenedModel,
  {step, inputs}: ShapedStep,
  what: string,
): Promise<MemoryNeed> {
  const {recipe} = opened
  const weights = mergedPlaceholders(opened)
  const {frozenBytes, convertedBytes, workingBytes} = await programCost(recipe, step, {inputs, weights})
  const {batch} = recipe.evaluate
  return {
    what: 'classifying',
    terms: [
      ['weights', frozenBytes + convertedBytes],
      [`for reading ${what}`, workingBytes],
    ],
    help: batch > 1 ? [`evaluate.batch below ${batch}`, 'a smaller model'] : [],
  }
}
