import {type ClassPrediction, predictClasses, scoreClassPredictions} from '../../evaluate/class-predictions.ts'
import type {Score} from '../../evaluate/metrics.ts'
import {hashItem, writeJsonLines} from '../../evaluate/predictions.ts'
import type {ClassMetric} from '../../tasks/task.ts'
import type {ScoreOptions} from './task-data.ts'

export interface ClassifierScoring {
  readonly metric: ClassMetric
  /** The examples of a split, in order. */
  examples(split: string): Promise<readonly ScoredExample[]>
  /** The logits of these examples. */
  logits(split: string, onProgress: (done: number) => void): Promise<readonly Float32Array[]>
}

interface ScoredExample {
  readonly label: number
  /** A text that is equal for equal inputs, and differs for others. */
  readonly content: string
}

/** Classifies each split, writes its predictions and scores them. */
export async function scoreClassifier(
  splits: readonly string[],
  {metric, examples, logits}: ClassifierScoring,
  {file, events}: ScoreOptions,
): Promise<Record<string, Score>> {
  const scores: Record<string, Score> = {}
  for (const split of splits) {
    const scored = await examples(split)
    const outputs = await logits(split, done => events.progress(`score ${split}`, done, scored.length))
    const labels = scored.map(({label}) => label)
    const predictions = predictClasses(outputs, labels).map(
      (prediction): ClassPrediction => ({...prediction, item: hashItem(scored[prediction.index].content)}),
    )
    await writeJsonLines(file(split), predictions)
    scores[split] = scoreClassPredictions(predictions, metric)
  }
  return scores
}
