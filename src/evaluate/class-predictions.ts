import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {hasVarianceFormula} from '../statistics/item-variance.ts'
import type {ClassMetric} from '../tasks/task.ts'
import {argmax} from './logits.ts'
import {jackknifeError, METRICS, type Score} from './metrics.ts'
import {itemHash, readJsonLines} from './predictions.ts'

export const classPredictionSchema = z.strictObject({
  /** The index of the example in its split. */
  index: z.int().min(0),
  /** The index of its class; in regression its score. */
  label: z.number(),
  /** The class of the largest logit; in regression the one logit. */
  predicted: z.number(),
  logits: z.array(z.number()).readonly(),
  item: itemHash.optional(),
})

/** A classifier's prediction for one example. */
export type ClassPrediction = Readonly<z.output<typeof classPredictionSchema>>

/** Predictions from each example's logits (L); a single logit is regression. */
export function predictClasses(logits: readonly Float32Array[], labels: readonly number[]): ClassPrediction[] {
  return logits.map((row, index) => {
    const predicted = row.length === 1 ? row[0] : argmax(row)
    if (predicted === undefined || !row.every(Number.isFinite)) {
      throw new Fault('diverged', `the model's logits are not finite: example ${index + 1}`)
    }
    return {index, label: labels[index], predicted, logits: [...row]}
  })
}

/** The metric over a whole split; NaN where it is undefined, as a correlation with constant values is. */
export function scoreClassPredictions(predictions: readonly ClassPrediction[], metric: ClassMetric): Score {
  const [predicted, labels] = [predictions.map(({predicted}) => predicted), predictions.map(({label}) => label)]
  const score = METRICS[metric](predicted, labels)
  return {score, n: predictions.length, metric, se: measuredError(score, {metric, predicted, labels})}
}

/** The standard error of a score whose metric has no formula for it over these labels. */
function measuredError(
  score: number,
  {metric, predicted, labels}: {metric: ClassMetric; predicted: readonly number[]; labels: readonly number[]},
): number | undefined {
  const isByDefinition = metric === 'matthews' && score === 0 // as of one class alone, which no jackknife changes
  return isByDefinition || hasVarianceFormula(metric, labels) ? undefined : jackknifeError(metric, predicted, labels)
}

/** Reads a file of a classifier's predictions. @throws Fault 'input' where a line is not a prediction */
export const readClassPredictions = (file: string): Promise<ClassPrediction[]> =>
  readJsonLines(file, classPredictionSchema)
