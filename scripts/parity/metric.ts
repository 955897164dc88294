import {join} from 'node:path'
import {readObjects} from '../../src/text/objects.ts'
import {judgeBy, type Measure, worst} from './measure.ts'
import {lookUp} from './words.ts'

export interface MetricCase {
  readonly metric: string
  readonly tolerance?: Readonly<Record<string, number>>
}

interface Line {
  readonly predictions: readonly number[]
  readonly labels: readonly number[]
  /** null: the metric is not defined here. */
  readonly value: number | null
}

type Metric = (predictions: readonly number[], labels: readonly number[]) => number

/** The metrics of tasks that classify; generation tasks count correct answers themselves. */
const METRICS: Readonly<Record<string, Metric>> = {}

/** A metric's value on every line; the errors are absolute. */
export async function check(folder: string, {metric: name, tolerance}: MetricCase): Promise<Measure[]> {
  const metric = lookUp('metric', METRICS, name)
  const errors = (await readObjects(join(folder, 'lines.jsonl'))).map(({fields}, i) => {
    const {predictions, labels, value} = fields as unknown as Line
    const ours = metric(predictions, labels)
    const same = value === null ? Number.isNaN(ours) : Number.isFinite(ours)
    return {error: same ? Math.abs(ours - (value ?? ours)) || 0 : Infinity, at: `line ${i + 1}`}
  })
  return [judgeBy(tolerance)('value', worst(errors))]
}
