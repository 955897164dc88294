import {escapeLine, quote} from '../base/printable.ts'
import type {Head} from './classifier.ts'
import {type ModelConfig, reader} from './config.ts'

/** The choices that the user of a classifier makes. */
export interface LabelOptions {
  /** The number of labels of a fresh head; default: that of config.json. */
  readonly labels?: number
}

/** A classifier's number of labels: config.json's `id2label`, else `num_labels`, else 2. */
export function readLabels(json: ModelConfig, options: LabelOptions = {}): number {
  const read = reader(json)
  const names = json.id2label ?? undefined
  read.check(
    names === undefined || (typeof names === 'object' && Object.keys(names).length > 0),
    `id2label must map numbers to labels, not ${quote(names)}`,
  )
  const labels = options.labels ?? (names ? Object.keys(names).length : read.integer('num_labels', 2))
  const expected = labels === 1 ? 'regression' : 'single_label_classification'
  const found = json.problem_type ?? expected
  read.check(
    found === expected || options.labels !== undefined,
    `problem_type of ${labels} labels must be ${expected}, not ${escapeLine(String(found), 60)}`,
  )
  return labels
}

/** A head that is drawn as transformers draws it: from a normal distribution, truncated at `within` deviations (ViT: 2). */
export const readHead = (json: ModelConfig, paths: readonly string[], within = Number.POSITIVE_INFINITY): Head => ({
  paths,
  deviation: reader(json).number('initializer_range', 0.02),
  within,
})
