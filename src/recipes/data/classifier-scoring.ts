import {type ClassPrediction, predictClasses, scoreClassPredictions} from '../../evaluate/class-predictions.ts'
import type {METRICS, Score} from '../../evaluate/metrics.ts'
import {writeJsonLines} from '../../evaluate/predictions.ts'
import type {ScoreOptions} from './task-data.ts'

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
