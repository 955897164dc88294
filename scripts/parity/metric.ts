import {join} from 'node:path'
import {readRecords} from '../../src/data/read-records.ts'
import {METRICS, type Metric} from '../../src/evaluate/metrics.ts'
import {lookUp} from '../look-up.ts'
import {judgeBy, type Measure, worst} from './measure.ts'

export interface MetricCase {
  readonly metric: string
  readonly tolerance?: Readonly<Record<string, number>>
}

/** null is NaN. */
interface Line {
  readonly predictions: readonly (number | null)[]
  readonly labels: readonly (number | null)[]
  readonly value: number | null
}

/** Compares a metric's value on every line; the errors are absolute. */
export async function check(folder: string, {metric: name, tolerance}: MetricCase): Promise<Measure[]> {
  const metric = lookUp<Metric>('metric', METRICS, name)
  const errors = (await readRecords(join(folder, 'lines.jsonl'))).map(({fields}, i) => {
    const {predictions, labels, value} = fields as unknown as Line
    const ours = metric(predictions.map(numbered), labels.map(numbered))
    const same = value === null ? Number.isNaN(ours) : Number.isFinite(ours)
    return {error: same ? Math.abs(ours - (value ?? ours)) || 0 : Infinity, at: `line ${i + 1}`}
  })
  return [judgeBy(tolerance)('value', worst(errors))]
}

const numbered = (value: number | null) => value ?? NaN
