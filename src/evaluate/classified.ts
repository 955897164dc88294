import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {writeWhole} from '../base/files.ts'
import {readText} from '../base/read-text.ts'
import {parseObject} from '../data/json-lines.ts'
import {argmax} from './logits.ts'
import {METRICS} from './metrics.ts'

/** What a classifier said of one example. */
export interface Classified {
  /** Which example of the split, from 0. */
  readonly index: number
  /** The number of its class, or in regression its score. */
  readonly label: number
  /** The class of the largest logit, or the one logit itself. */
  readonly predicted: number
  readonly logits: readonly number[]
}

/** What the logits (L) of each example say, one logit being regression. */
export function classified(logits: readonly Float32Array[], labels: readonly number[]): Classified[] {
  return logits.map((row, index) => {
    const predicted = row.length === 1 ? row[0] : argmax(row)
    if (predicted === undefined || !Number.isFinite(predicted)) {
      throw new Fault('failed', `the model's logits are not numbers: example ${index + 1}`)
    }
    return {index, label: labels[index], predicted, logits: [...row]}
  })
}

/** The metric over all of a split; NaN where it has no value, as of a correlation with what never changes. */
export function scoreClassified(
  predictions: readonly Classified[],
  metric: keyof typeof METRICS,
): {readonly score: number; readonly n: number; readonly metric: keyof typeof METRICS} {
  const score = METRICS[metric](
    predictions.map(({predicted}) => predicted),
    predictions.map(({label}) => label),
  )
  return {score, n: predictions.length, metric}
}

/** Writes predictions.jsonl, a line an example. */
export async function writeClassified(file: string, predictions: readonly Classified[]): Promise<void> {
  const lines = predictions.map(prediction => `${JSON.stringify(prediction)}\n`)
  await writeWhole(file, append => append(Buffer.from(lines.join(''))))
}

/** Reads what `writeClassified` wrote. @throws Fault 'input' where a line is no prediction */
export async function readClassified(file: string): Promise<Classified[]> {
  const text = (await readText(file)) ?? ''
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, i) => {
      const where = `${file}:${i + 1}`
      const {data} = Line.safeParse(parseObject(line, where))
      if (data) return data
      throw new Fault('input', `${where}: not a prediction; wanted are index, label, predicted and logits`)
    })
}

const Line = z.strictObject({
  index: z.int().min(0),
  label: z.number(),
  predicted: z.number(),
  logits: z.array(z.number()).readonly(),
})
