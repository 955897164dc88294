import {groupBy} from '../../base/collections.ts'
import {escapeLine} from '../../base/printable.ts'
import {hashItem} from '../../data/record.ts'
import type {BatchOptions} from '../../evaluate/batches.ts'
import {type ClassPrediction, predictClasses, scoreClassPredictions} from '../../evaluate/class-predictions.ts'
import {METRICS, type Score} from '../../evaluate/metrics.ts'
import {writeJsonLines} from '../../evaluate/predictions.ts'
import {formatScore} from '../../results/score-text.ts'
import type {ClassMetric} from '../../tasks/task.ts'
import type {ScoreOptions} from './task-data.ts'

export interface ClassifierScoring {
  readonly metric: ClassMetric
  /** The names of the classes, if they are known. */
  readonly classes: readonly string[] | undefined
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

/**
 * Classifies each split, writes its predictions and scores them. Warns of a final test score that is no higher than that of always
 * predicting the most frequent class, since on imbalanced data such a score may look high.
 */
export async function scoreClassifier(
  splits: readonly string[],
  {metric, classes, examples, logits}: ClassifierScoring,
  {file, final, events, signal}: ScoreOptions,
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
    if (!final || split === 'validation') continue
    const baseline = constantScore(labels, metric)
    if (!(scores[split].score <= baseline.score)) continue
    const [own, other] = [scores[split].score, baseline.score].map(score => formatScore(score, metric))
    const name = escapeLine(classes?.[baseline.label] ?? String(baseline.label), 80)
    events.warn(`${split}: ${metric} ${own} is no higher than that of always predicting ${name}, ${other}`)
  }
  return scores
}

/** The most frequent class, and the score of always predicting it; NaN with `pearson`. */
function constantScore(
  labels: readonly number[],
  metric: ClassMetric,
): {readonly label: number; readonly score: number} {
  const [[label]] = [...groupBy(labels, label => label)].toSorted(([, a], [, b]) => b.length - a.length)
  const score = METRICS[metric](
    labels.map(() => label),
    labels,
  )
  return {label, score}
}
