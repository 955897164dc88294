import type {BatchOptions} from '../../evaluate/batches.ts'
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
  logits(
    split: string,
    progress: Pick<BatchOptions<unknown>, 'onProgress' | 'signal'>,
  ): Promise<readonly Float32Array[]>
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
  {file, events, signal}: ScoreOptions,
): Promise<Record<string, Score>> {
  const scores: Record<string, Score> = {}
  for (const split of splits) {
    const scored = await examples(split)
    const onProgress = (done: number) => events.progress(`score ${split}`, done, scored.length)
    const outputs = await logits(split, {onProgress, signal})
    const labels = scored.map(({label}) => label)
    const predictions = predictClasses(outputs, labels).map(
      (prediction): ClassPrediction => ({...prediction, item: hashItem(scored[prediction.index].content)}),
    )
    await writeJsonLines(file(split), predictions)
    scores[split] = scoreClassPredictions(predictions, metric)
  }
  return scores
}
